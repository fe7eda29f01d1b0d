"""Many callers at once, on one server and on two that share the files: one charge, right sums."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest

from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon
from flint_domain.commands.orders import CancelOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.engine.flint import Call
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, OrderUpdate
from flint_domain.order.payments.model import Outcome, Transfer
from flint_domain.unit_of_work.ports import Processor
from flint_server.db import DEFAULT_MERCHANT_ID
from tests.journeys.house import SUPPORT, House, amounts, opened
from tests.machine.audit import check, check_at_rest
from tests.machine.books import read_books

MANY = 12


@pytest.fixture(params=["one server", "two servers"])
async def houses(request: pytest.FixtureRequest, fast_path: Path) -> AsyncIterator[list[House]]:
    """One house, or two on the same files; what they did together is checked at the end."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(opened(fast_path))
        made = [first]
        if request.param == "two servers":
            made.append(await stack.enter_async_context(opened(fast_path, clock=first.clock, number=2)))
        await first.use_eight_percent()
        yield made
        books = await read_books(first)
        check(books, None)
        check_at_rest(books)


async def together(calls: list[Coroutine[Any, Any, dict[str, Any]]]) -> tuple[list[dict[str, Any]], list[Refused]]:
    """Run all at once; the answers, and the refusals."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if not isinstance(result, dict | Refused):
            raise AssertionError(repr(result))
    answers = [result for result in results if isinstance(result, dict)]
    return answers, [result for result in results if isinstance(result, Refused)]


def in_turn(houses: list[House], number: int) -> House:
    return houses[number % len(houses)]


@pytest.mark.promise("P5")
@pytest.mark.parametrize("keys", ["different keys", "one key", "no key"])
async def test_many_callers_paying_one_order_charge_it_once(houses: list[House], keys: str) -> None:
    order_id = await houses[0].order_of()
    pay = PayOrder(order_id=order_id, sources=("tok_chargeDeclined", "tok_visa"))
    key = {"different keys": "{}", "one key": "same"}.get(keys)
    answers, refusals = await together([in_turn(houses, n).do(pay, key and key.format(n)) for n in range(MANY)])
    balance = await houses[0].balance(order_id)
    assert (balance.charged, balance.held) == (13_824, 0)
    assert amounts(await houses[0].read(order_id)) == ("PAID", 13_824, 0, 0, 13_824)
    if keys == "one key":
        assert (len(answers), refusals) == (MANY, [])
        assert len({str(answer["payments"]) for answer in answers}) == 1
        assert sum("replayed" not in answer for answer in answers) == 1
    else:
        assert len(answers) == 1
        assert {refused.code for refused in refusals} <= {"payment_in_progress", "nothing_to_pay"}


@pytest.mark.promise("P4")
async def test_the_last_coupon_is_redeemed_once(houses: list[House]) -> None:
    await houses[0].do(CreateCoupon(code="LAST", percent=Decimal(50), max_uses=1))
    orders = [await houses[0].order_of(SUPPORT) for _ in range(MANY)]
    answers, refusals = await together(
        [in_turn(houses, n).do(ApplyCoupon(order_id=order_id, coupon_code="LAST")) for n, order_id in enumerate(orders)]
    )
    assert len(answers) == 1
    assert {refused.code for refused in refusals} == {"coupon_used_up"}


async def test_a_customers_last_use_is_redeemed_once(houses: list[House]) -> None:
    await houses[0].do(CreateCoupon(code="TWICE", percent=Decimal(50), max_uses_per_customer=2))
    orders = [await houses[0].order_of(SUPPORT, customer_id="cus_1") for _ in range(MANY)]
    answers, refusals = await together(
        [in_turn(houses, n).do(ApplyCoupon(order_id=order, coupon_code="TWICE")) for n, order in enumerate(orders)]
    )
    assert len(answers) == 2
    assert {refused.code for refused in refusals} == {"coupon_customer_limit"}


async def test_capture_and_void_at_once_end_in_one_of_the_two(houses: list[House]) -> None:
    order_id = await houses[0].order_of()
    held = await houses[0].do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    payment_id = held["payments"][0]["paymentIntentId"]
    commands = [CapturePayment(payment_id=payment_id), VoidPayment(payment_id=payment_id)] * 3
    answers, refusals = await together([in_turn(houses, n).do(command) for n, command in enumerate(commands)])
    assert len(answers) == 1
    assert len(refusals) == 5
    balance = await houses[0].balance(order_id)
    assert (balance.charged, balance.held) in ((13_824, 0), (0, 0))
    paid = (await houses[0].read(order_id))["settlementAmounts"]["paidMoney"]["amount"]
    assert paid == balance.charged


async def test_the_last_cent_is_refunded_once(houses: list[House]) -> None:
    order_id = await houses[0].paid_order()
    await houses[0].do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=13_823))))
    cent = CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1)))
    answers, refusals = await together([in_turn(houses, n).do(cent, key=f"cent {n}") for n in range(MANY)])
    assert len(answers) == 1
    assert {refused.code for refused in refusals} == {"nothing_to_refund"}
    assert (await houses[0].balance(order_id)).refunded == 13_824


async def test_refunds_run_side_by_side_up_to_what_was_paid(houses: list[House]) -> None:
    order_id = await houses[0].paid_order()
    part = CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=2_000)))
    answers, refusals = await together([in_turn(houses, n).do(part, key=f"part {n}") for n in range(MANY)])
    assert len(answers) == 6
    assert {refused.code for refused in refusals} == {"amount_too_high"}
    assert amounts(await houses[0].read(order_id)) == ("PARTIALLY_REFUNDED", 13_824, 12_000, 0, 1_824)


async def test_paying_canceling_and_changing_at_once_leaves_no_money_behind(houses: list[House]) -> None:
    for number in range(4):
        order_id = await houses[0].order_of(SUPPORT, note=str(number))
        commands = [
            PayOrder(order_id=order_id, sources=("tok_visa",)),
            CancelOrder(order_id=order_id),
            UpdateOrder(order_id=order_id, update=OrderUpdate(tip=Amount(amount=100))),
            PayOrder(order_id=order_id, sources=("tok_mastercard",)),
        ]
        commands = commands[number:] + commands[:number]
        await together([in_turn(houses, n).do(command) for n, command in enumerate(commands)])
        order, balance = await houses[0].read(order_id), await houses[0].balance(order_id)
        if order["status"] == "CANCELED":
            assert balance.charged == balance.refunded
        assert balance.charged in (0, 3_132, 3_232)


async def test_creating_under_one_key_makes_one_order(houses: list[House]) -> None:
    create = CreateOrder(lines=(SUPPORT,))
    answers, refusals = await together([in_turn(houses, n).do(create, key="one") for n in range(MANY)])
    assert refusals == []
    assert len({answer["orderId"] for answer in answers}) == 1


class Counting:
    """A processor that counts how often each transfer was asked for."""

    def __init__(self, inner: Processor, asked: list[str]) -> None:
        self._inner = inner
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def perform(self, transfer: Transfer) -> Outcome:
        self._asked.append(transfer.transfer_id)
        return await self._inner.perform(transfer)


async def test_of_many_who_recover_one_asks(houses: list[House]) -> None:
    order_id = await houses[0].order_of()
    pay = PayOrder(order_id=order_id, sources=("tok_visa",))
    await houses[0].fault("error_500")
    await houses[0].do(pay, key="pay")
    asked: list[str] = []
    processors: list[Any] = [Counting(house.simulator, asked) for house in houses]
    flints = [
        house.flint_for(DEFAULT_MERCHANT_ID, processor=processor)
        for house, processor in zip(houses, processors, strict=True)
    ]
    await asyncio.gather(*(flints[n % len(flints)].recover() for n in range(6)))
    assert len(asked) == 1
    await together([flints[n % len(flints)].execute(pay, Call(key="pay")) for n in range(6)])
    assert len(asked) == 1
    assert (await houses[0].balance(order_id)).charged == 13_824


class GivenUpOn:
    """A processor that has the caller give up at a chosen moment of its call."""

    def __init__(self, inner: Processor, give_up: Callable[[], object], moment: str) -> None:
        self._inner = inner
        self._give_up = give_up
        self._moment = moment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def perform(self, transfer: Transfer) -> Outcome:
        if self._moment == "the call begins":
            self._give_up()
        outcome = await self._inner.perform(transfer)
        if self._moment == "the answer is here":
            self._give_up()
        return outcome


@pytest.mark.parametrize("moment", ["the call begins", "the answer is here"])
async def test_a_caller_who_gives_up_stops_no_money_half_way(houses: list[House], moment: str) -> None:
    order_id = await houses[0].order_of(SUPPORT)
    pay = PayOrder(order_id=order_id, sources=("tok_chargeDeclined", "tok_visa"))
    with anyio.CancelScope() as scope:
        processor: Any = GivenUpOn(houses[0].simulator, scope.cancel, moment)
        flint = houses[0].flint_for(DEFAULT_MERCHANT_ID, processor=processor)
        await flint.execute(pay, Call(key="pay"))
    assert scope.cancel_called
    assert amounts(await houses[0].read(order_id)) == ("PAID", 3_132, 0, 0, 3_132)
    assert (await houses[0].balance(order_id)).charged == 3_132


@pytest.mark.parametrize("moment", ["the call begins", "the answer is here"])
async def test_a_task_that_is_torn_down_leaves_its_money_to_recovery(houses: list[House], moment: str) -> None:
    """asyncio's own cancel comes through every shield: what was written down is finished later, once."""
    order_id = await houses[0].order_of(SUPPORT)
    pay = PayOrder(order_id=order_id, sources=("tok_chargeDeclined", "tok_visa"))

    async def torn_down() -> None:
        this = asyncio.current_task()
        assert this is not None
        processor: Any = GivenUpOn(houses[0].simulator, this.cancel, moment)
        await houses[0].flint_for(DEFAULT_MERCHANT_ID, processor=processor).execute(pay, Call(key="pay"))

    await asyncio.wait([asyncio.create_task(torn_down())])
    await houses[0].recover()
    again = await houses[0].do(pay, key="pay")
    assert amounts(again["order"]) == ("PAID", 3_132, 0, 0, 3_132)
    assert (await houses[0].balance(order_id)).charged == 3_132
