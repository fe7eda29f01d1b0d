"""Commands whose tools a server does not show: what they left open is finished all the same."""

from pathlib import Path
from typing import Any

from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.engine.flint import Call
from flint_domain.kernel.callers import Caller
from flint_domain.order.inputs import Amount, LineInput
from flint_server.composition import Application, open_application
from flint_server.processors.simulated.faults import Fault
from flint_server.processors.simulated.processor import SimulatedProcessor
from flint_server.settings import Settings

LAMP = LineInput(name="Lamp", unit_price=Amount(amount=4900))


async def record_of(application: Application, key: str) -> dict[str, Any] | None:
    """The answer that the record of a key keeps; None while it is open."""
    record = await application.store.read(application.flint.merchant_id, lambda tx: tx.idempotency_record("local", key))
    assert record is not None
    return record.answer


async def test_recovery_closes_the_record_of_a_command_whose_tool_is_off(tmp_path: Path) -> None:
    async with open_application(Settings(folder=tmp_path, worker=False)) as application:
        order_id = (await application.flint.execute(CreateOrder(lines=(LAMP,))))["orderId"]
        assert isinstance(application.processor, SimulatedProcessor)
        await application.processor.set_fault(Fault(kind="answer_lost"))
        pay = PayOrder(order_id=order_id, sources=("tok_visa",))
        asked = await application.flint.execute(pay, Call(key="pay"))
        assert asked["order"]["status"] == "OPEN"
        assert await record_of(application, "pay") is None

    async with open_application(Settings(folder=tmp_path, worker=False, toolsets=("catalog",))) as application:
        assert await application.flint.recover() == 1
        closed = await record_of(application, "pay")
        assert closed is not None
        assert closed["answer"]["order"]["status"] == "PAID"
        assert closed["answer"]["order"]["availableActions"] == [], "nobody asked"
        few = Call(key="pay", caller=Caller(tools=frozenset({"create_refund"})))
        again = await application.flint.execute(pay, few)
        assert (again["replayed"], again["payments"]) == (True, closed["answer"]["payments"])
        assert {action["tool"] for action in again["order"]["availableActions"]} == {"create_refund"}
        theirs = Call(key="pay", caller=Caller(principal="support-bot"))
        assert theirs.claim != few.claim
