"""Transfers whose outcome nobody can tell: asked again while the key holds, looked up after that, then a person's."""

from datetime import timedelta

from flint_domain.commands.payments import PayOrder
from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.payments.model import Outcome, Transfer, TransferState
from flint_domain.queries.orders import SearchOrders
from tests.journeys.house import House


class Silent:
    """A processor that nobody can reach; it remembers what it was asked."""

    name = "silent"

    def __init__(self) -> None:
        self.performed: list[str] = []
        self.looked_up: list[str] = []
        self.found = Outcome(state=TransferState.UNKNOWN)

    async def perform(self, transfer: Transfer) -> Outcome:
        self.performed.append(transfer.key)
        return Outcome(state=TransferState.UNKNOWN)

    async def find(self, transfer: Transfer) -> Outcome:
        self.looked_up.append(transfer.key)
        return self.found

    async def attach(self, errand: Attach) -> Outcome:
        return Outcome(state=TransferState.UNKNOWN)

    async def detach(self, errand: Detach) -> Outcome:
        return Outcome(state=TransferState.UNKNOWN)

    async def find_method(self, errand: Attach | Detach) -> Outcome:
        return Outcome(state=TransferState.UNKNOWN)


async def test_an_unknown_outcome_is_asked_again_with_the_same_key_while_the_processor_keeps_it(shop: House) -> None:
    silent = Silent()
    flint = shop.flint_for(shop.flint.merchant_id, processor=silent)  # type: ignore[arg-type]
    order_id = await shop.order_of()
    await flint.execute(PayOrder(order_id=order_id, sources=("tok_visa",)))
    shop.clock.passes(timedelta(hours=22))
    await flint.recover()
    assert len(silent.performed) == 2
    assert len(set(silent.performed)) == 1
    assert silent.looked_up == []


async def test_a_key_that_may_be_forgotten_is_never_used_again_and_a_person_is_asked_for(shop: House) -> None:
    silent = Silent()
    flint = shop.flint_for(shop.flint.merchant_id, processor=silent)  # type: ignore[arg-type]
    order_id = await shop.order_of()
    await flint.execute(PayOrder(order_id=order_id, sources=("tok_visa",)))
    shop.clock.passes(timedelta(hours=24))
    for _ in range(3):
        await flint.recover()
        shop.clock.passes(timedelta(minutes=5))
    assert len(silent.performed) == 1
    assert len(silent.looked_up) == 3
    order = await shop.read(order_id)
    assert order["needsAttention"] is True
    assert [activity["type"] for activity in order["activities"]].count("TRANSFER_IN_DOUBT") == 1
    assert "a person has to look at the processor" in order["warnings"][-1]
    found = await shop.ask(SearchOrders(needs_attention=True))
    assert [row["orderId"] for row in found["orders"]] == [order_id]
    assert [action["action"] for action in order["availableActions"]] == ["update"]


async def test_what_is_found_after_all_ends_the_doubt(shop: House) -> None:
    silent = Silent()
    flint = shop.flint_for(shop.flint.merchant_id, processor=silent)  # type: ignore[arg-type]
    order_id = await shop.order_of()
    await flint.execute(PayOrder(order_id=order_id, sources=("tok_visa",)))
    shop.clock.passes(timedelta(hours=24))
    await flint.recover()
    silent.found = Outcome(state=TransferState.SUCCEEDED, reference="pi_found")
    shop.clock.passes(timedelta(minutes=5))
    await flint.recover()
    order = await shop.read(order_id)
    assert order["status"] == "PAID"
    assert order.get("needsAttention") is None
    assert order["settlementAmounts"]["paidMoney"]["amount"] == 13824
    assert len(silent.performed) == 1
