"""A store and a processor that the process may die beside: at a chosen call nothing comes back any more."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeVar

import anyio

from flint_domain.catalog.ports import DueRelease
from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.payments.model import Asked, Outcome, Transfer
from flint_domain.unit_of_work.ports import DueWork, Notice, Processor, ReadTransaction, Store, Transaction
from flint_domain.webhooks.ports import DueDelivery, Slots

T = TypeVar("T")
AnAsked = TypeVar("AnAsked", bound=Asked)

Moment = Literal["before the call", "after the answer", "after the commit"]


class Killed(BaseException):
    """The process is gone. No code of Flint's may catch this."""


class Death:
    """When the process dies: at the nth processor call, before or after it, or after the nth commit.

    Calls take turns, so that a history repeats itself whatever the threads do. The dead do nothing more.
    """

    def __init__(self) -> None:
        self.moment: Moment | None = None
        self.calls_left = 0
        self.dead = False
        self.turn = anyio.Lock()

    def await_at(self, moment: Moment | None, nth: int = 1) -> None:
        self.moment, self.calls_left = moment, nth

    def passes(self, moment: Moment) -> None:
        if self.moment == moment:
            self.calls_left -= 1
            self.dead = self.dead or self.calls_left <= 0
        if self.dead:
            raise Killed(moment)

    def rise(self) -> None:
        """A new process, which nothing threatens yet."""
        self.await_at(None)
        self.dead = False


class MortalProcessor:
    def __init__(self, inner: Processor, death: Death) -> None:
        self._inner = inner
        self._death = death

    @property
    def name(self) -> str:
        return self._inner.name

    async def perform(self, transfer: Transfer) -> Outcome:
        return await self._asked(self._inner.perform, transfer)

    async def attach(self, errand: Attach) -> Outcome:
        return await self._asked(self._inner.attach, errand)

    async def detach(self, errand: Detach) -> Outcome:
        return await self._asked(self._inner.detach, errand)

    async def _asked(self, perform: Callable[[AnAsked], Awaitable[Outcome]], asked: AnAsked) -> Outcome:
        async with self._death.turn:
            self._death.passes("before the call")
            outcome = await perform(asked)
            self._death.passes("after the answer")
            return outcome

    async def find_method(self, errand: Attach | Detach) -> Outcome:
        return await self._inner.find_method(errand)

    async def find(self, transfer: Transfer) -> Outcome:
        return await self._inner.find(transfer)

    async def notices(self) -> list[Notice]:
        return await self._inner.notices()

    async def acknowledge(self, notice_ids: Sequence[str]) -> None:
        await self._inner.acknowledge(notice_ids)


class MortalStore:
    def __init__(self, inner: Store, death: Death) -> None:
        self._inner = inner
        self._death = death

    async def write(self, merchant_id: str, change: Callable[[Transaction], T]) -> T:
        async with self._death.turn:
            if self._death.dead:
                raise Killed
            written = await self._inner.write(merchant_id, change)
            self._death.passes("after the commit")
            return written

    async def rehearse(self, merchant_id: str, change: Callable[[Transaction], T]) -> T:
        return await self._inner.rehearse(merchant_id, change)

    async def read(self, merchant_id: str, view: Callable[[ReadTransaction], T]) -> T:
        return await self._inner.read(merchant_id, view)

    async def due_work(self, limit: int = 100) -> list[DueWork]:
        return await self._inner.due_work(limit)

    async def due_releases(self, limit: int = 100) -> list[DueRelease]:
        return await self._inner.due_releases(limit)

    async def due_deliveries(self, slots: Slots) -> list[DueDelivery]:
        return await self._inner.due_deliveries(slots)


def is_killed(error: BaseException) -> bool:
    """Whether this is the death itself, alone or in the groups that task groups make."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_killed(inner) for inner in error.exceptions)
    return isinstance(error, Killed)
