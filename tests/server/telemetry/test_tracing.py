"""Spans of the road: what was asked and how it came out, without anybody's words, and nearly for nothing."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, Status, Tracer, use_span

from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.engine.flint import Call
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, LineInput
from flint_server.db import DEFAULT_MERCHANT_ID
from flint_server.telemetry.spans import Traced, traced_flint
from tests.journeys.house import House, opened

LAMP = LineInput(name="Ann's lamp", unit_price=Amount(amount=5000))


class KeptSpan(NonRecordingSpan):
    """A span that keeps what it is told, as an exporter would get it."""

    def __init__(self, name: str, inside: str | None) -> None:
        super().__init__(SpanContext(1, 1, is_remote=False))
        self.name = name
        self.inside = inside
        self.attributes: dict[str, Any] = {}
        self.status: Status | None = None

    def is_recording(self) -> bool:
        return True

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        self.attributes |= attributes

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def set_status(self, status: Any, description: str | None = None) -> None:
        self.status = status


class Keeper(Tracer):
    def __init__(self) -> None:
        self.spans: list[KeptSpan] = []
        self.open: list[str] = []

    def start_span(self, name: str, *_: Any, **__: Any) -> Span:
        raise AssertionError("every span of the road is the current one")

    @contextmanager
    def _current(self, name: str) -> Iterator[Span]:
        span = KeptSpan(name, self.open[-1] if self.open else None)
        self.spans.append(span)
        self.open.append(name)
        with use_span(span, record_exception=False, set_status_on_exception=False):
            try:
                yield span
            finally:
                self.open.pop()

    def start_as_current_span(self, name: str, *_: Any, **__: Any) -> Any:
        return self._current(name)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
async def house(tmp_path: Path, keeper: Keeper) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        house.engine = traced_flint(house.sqlite, house.simulator, DEFAULT_MERCHANT_ID, tracer=keeper)
        yield house


async def test_a_payment_is_one_execution_with_its_transfer_and_its_settling(house: House, keeper: Keeper) -> None:
    order_id = (await house.do(CreateOrder(lines=(LAMP,))))["orderId"]
    keeper.spans.clear()
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)), "key")
    execute, transfer, settle = keeper.spans
    assert (execute.name, execute.inside) == ("flint.execute", None)
    assert execute.attributes == {
        "flint.command": "pay_order",
        "flint.outcome": "done",
        "flint.dry_run": False,
        "flint.replayed": False,
        "flint.order.id": order_id,
    }
    assert (transfer.name, transfer.inside) == ("flint.transfer", "flint.execute")
    assert transfer.attributes["flint.transfer.kind"] == "charge"
    assert transfer.attributes["flint.transfer.state"] == "succeeded"
    assert transfer.attributes["flint.transfer.attempt"] == 1
    assert transfer.attributes["flint.asked"] == "perform"
    assert (settle.name, settle.inside) == ("flint.settle", "flint.execute")
    keeper.spans.clear()
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)), "key")
    assert [(span.name, span.attributes["flint.replayed"]) for span in keeper.spans] == [("flint.execute", True)]


async def test_a_refusal_is_an_outcome_and_a_fault_is_an_error(
    house: House, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused):
        await house.do(PayOrder(order_id="ord_01KARRG0000000000000000001", sources=("tok_visa",)))
    assert (keeper.spans[0].attributes["flint.outcome"], keeper.spans[0].status) == ("not_found", None)

    async def fail(*_: object) -> object:
        raise ValueError("Ann's words")

    monkeypatch.setattr(house.sqlite, "write", fail)
    with pytest.raises(ValueError, match="words"):
        await house.do(CreateOrder(lines=(LAMP,)))
    assert keeper.spans[-1].status is not None
    assert keeper.spans[-1].status.description == "ValueError"


async def test_spans_carry_no_words_and_no_tokens(house: House, keeper: Keeper) -> None:
    order_id = (await house.do(CreateOrder(lines=(LAMP,), customer_id="Ann", note="for Ann")))["orderId"]
    await house.do(
        PayOrder(order_id=order_id, sources=("tok_chargeDeclined", "tok_visa"), buyer_email="ann@example.com")
    )
    told = str([span.attributes for span in keeper.spans])
    assert len(keeper.spans) == 6
    assert not any(word in told for word in ("Ann", "ann@", "tok_", "5000"))


async def test_recovery_leaves_spans_too(house: House, keeper: Keeper) -> None:
    order_id = (await house.do(CreateOrder(lines=(LAMP,))))["orderId"]
    await house.fault("answer_lost", times=1)
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    keeper.spans.clear()
    await house.recover()
    assert [span.name for span in keeper.spans] == ["flint.transfer", "flint.settle"]


async def test_without_an_exporter_spans_cost_next_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call with one commit takes milliseconds; its spans must not take a tenth of one."""
    async with opened(tmp_path) as house:
        flint = traced_flint(house.sqlite, house.simulator, DEFAULT_MERCHANT_ID)
        command = CreateOrder(lines=(LAMP,))

        async def at_once(*_: object) -> dict[str, Any]:
            return {}

        monkeypatch.setattr("flint_domain.engine.flint.Flint.execute", at_once)
        best = min([await seconds_each(flint, command) for _ in range(20)])
    assert best < 0.000_1


async def seconds_each(flint: Traced, command: CreateOrder, times: int = 50) -> float:
    began = time.perf_counter()
    for _ in range(times):
        await flint.execute(command, Call())
    return (time.perf_counter() - began) / times
