"""A data file's money is in one processor's books from its first payment on, whoever was started on it before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.engine.flint import Flint
from flint_domain.kernel.errors import Refused
from flint_server.db import DEFAULT_MERCHANT_ID
from flint_server.processors.simulated.processor import SimulatedProcessor
from tests.journeys.house import House, opened


class Live(SimulatedProcessor):
    """A processor of another name, with books of its own."""

    @property
    def name(self) -> str:
        return "stripe live"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


@pytest.fixture
async def live(house: House, tmp_path: Path) -> AsyncIterator[Flint]:
    """A second server on the same file, started before any payment, with a live key."""
    async with Live(tmp_path / "live.db", clock=house.clock) as processor:
        yield Flint(house.sqlite, processor, DEFAULT_MERCHANT_ID)


async def refused(house: House, flint: Flint, command: PayOrder | CreateRefund) -> Refused:
    house.flint, before = flint, house.flint
    try:
        with pytest.raises(Refused) as caught:
            await house.do(command)
    finally:
        house.flint = before
    return caught.value


async def test_the_first_payment_decides_and_no_other_processor_is_asked_for_money(house: House, live: Flint) -> None:
    paid, open_order = await house.paid_order(), await house.order_of()
    assert isinstance(live.processor, Live)
    for command in (
        PayOrder(order_id=open_order, sources=("tok_visa",)),
        CreateRefund(target=RefundTarget(order_id=paid)),
    ):
        fault = await refused(house, live, command)
        assert fault.code == "storage_unavailable"
        assert fault.message == (
            "Nothing was changed: the payments of this data file were made through simulated, and this server speaks "
            "to stripe live."
        )
    assert await live.processor.payments() == []
    assert (await house.read(open_order))["paymentStatus"] == "UNPAID"
    await house.do(PayOrder(order_id=open_order, sources=("tok_visa",)))
    assert (await house.read(open_order))["status"] == "PAID"


async def test_a_declined_card_decides_too(house: House, live: Flint) -> None:
    order_id = await house.order_of()
    await house.do(PayOrder(order_id=order_id, sources=("tok_chargeDeclined",)))
    fault = await refused(house, live, PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert fault.code == "storage_unavailable"


async def test_a_server_leaves_what_another_processor_has_to_answer_to_its_server(house: House, live: Flint) -> None:
    await house.fault("answer_lost")
    order_id = await house.paid_order()
    assert (await house.read(order_id))["payments"][0]["status"] == "UNKNOWN"
    house.flint, theirs = live, house.flint
    await house.recover()
    assert isinstance(live.processor, Live)
    assert await live.processor.payments() == []
    house.flint = theirs
    assert (await house.read(order_id))["payments"][0]["status"] == "UNKNOWN"
    await house.recover()
    assert (await house.read(order_id))["status"] == "PAID"
    assert (await house.simulator.balance_of(order_id)).charged == 12_800
