"""The simulated processor on the bench of the contract, with a clock that tests set."""

from datetime import datetime, timedelta

from flint_server.processors.simulated.processor import LATER_AFTER, SimulatedProcessor
from tests.contracts.processor_contract import NOW, ORDER, Bench, Transfers


class SetClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def passes(self, span: timedelta) -> None:
        self.at += span


class SimulatedBench(Bench):
    def __init__(self, processor: SimulatedProcessor, clock: SetClock) -> None:
        self.processor = self.simulated = processor
        self.transfers = Transfers()
        self.clock = clock

    async def money(self, order_id: str = ORDER) -> tuple[int, int, int]:
        balance = await self.simulated.balance_of(order_id)
        return balance.charged, balance.refunded, balance.held

    async def saved(self, customer_reference: str | None) -> list[str]:
        known = await self.simulated.methods()
        return [one.reference for one in known if one.customer == customer_reference and one.status == "attached"]

    async def buyer_authenticates(self, reference: str, *, well: bool) -> None:
        await (self.simulated.complete(reference) if well else self.simulated.fail(reference))

    async def time_passes(self) -> None:
        self.clock.passes(LATER_AFTER)

    async def books_balance(self) -> None:
        """Conservation: what was booked for each payment is what the payment says of itself, and no more."""
        booked: dict[str, int] = {}
        for entry in await self.simulated.ledger():
            booked[entry.payment] = booked.get(entry.payment, 0) + entry.amount
        for payment in await self.simulated.payments():
            assert booked.pop(payment.reference, 0) == payment.captured - payment.refunded
            assert 0 <= payment.refunded <= payment.captured <= payment.amount
            assert payment.held in (0, payment.amount)
        assert booked == {}
