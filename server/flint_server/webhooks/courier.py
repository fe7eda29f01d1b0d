"""The courier: takes the deliveries that are due, sends them, and writes down what came of each.

Who is told of what was written with the change itself (see db.records.webhook_addressing). Here a delivery is leased in
one transaction, sent outside any, and recorded in another; a crash between them leaves a lease that runs out, and the
same body goes out again under the same webhook-id. Several couriers may run at once: of those that want a delivery, the
lease lets one.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Protocol

import anyio
from anyio.abc import TaskGroup

from flint_domain.kernel.callers import Caller
from flint_domain.reactions.webhooks.deliveries import Parcel, pack, record, take
from flint_domain.unit_of_work.ports import Clock, Store
from flint_domain.webhooks.model import Attempt
from flint_domain.webhooks.ports import DueDelivery, Slots

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds between two looks for what is due: one small read
AT_ONCE = 8  # deliveries of one endpoint on their way at a time
AT_ONCE_WHILE_FAILING = 1  # until it answers again: a dead endpoint holds one connection, not eight
AT_ONCE_IN_ALL = 512  # so that endpoints without number cannot use up the machine's sockets
GRACE = 5.0  # seconds that a shutdown waits for tries on their way; what is cut off goes out again
FORGET_EVERY = timedelta(hours=1)
FORGET_AT_ONCE = 1_000  # deliveries; the writer serves others between two such steps

Send = Callable[[Parcel], Awaitable[Attempt]]


class Outbox(Store, Protocol):
    """A store that also forgets old deliveries."""

    async def forget_deliveries(self, limit: int = ...) -> int: ...


class Courier:
    """Delivers for every merchant of a store. caller is whose tools the hints in the bodies may offer."""

    def __init__(
        self, store: Outbox, send: Send, clock: Clock, caller: Caller, *, random: Random | None = None
    ) -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._caller = caller
        self._random = random or SystemRandom()
        self._on_way: Counter[str] = Counter()  # by endpoint
        self._scopes: set[anyio.CancelScope] = set()
        self._forget_at: datetime | None = None

    async def run(self) -> None:
        """Deliver until cancelled; then finish what is on its way, for GRACE at most."""
        done = anyio.Event()

        def wake() -> None:
            done.set()

        async with anyio.create_task_group() as group:
            try:
                while True:
                    done = anyio.Event()
                    started = await self._round_or_log(group, wake)
                    if not started:
                        with anyio.move_on_after(LOOK_EVERY):
                            await done.wait()
            finally:
                deadline = anyio.current_time() + GRACE
                for scope in self._scopes:
                    scope.deadline = deadline

    async def drain(self) -> int:
        """Deliver what is due now and wait for the answers; returns how many tries there were."""
        total = started = 0
        while True:
            async with anyio.create_task_group() as group:
                started = await self.round(group)
            if not started:
                return total
            total += started

    async def round(self, group: TaskGroup, then: Callable[[], None] = lambda: None) -> int:
        """Take what is due, as far as there is room, and send it in the group; returns how much was started."""
        due = await self._store.due_deliveries(self._slots())
        started = 0
        for merchant_id, items in _by_merchant(due[: AT_ONCE_IN_ALL - self._on_way.total()]).items():
            for parcel in await self._take(merchant_id, items):
                self._on_way[parcel.delivery.endpoint_id] += 1
                group.start_soon(self._deliver, parcel, then)
                started += 1
        return started

    def _slots(self) -> Slots:
        """The room of now; the store asks it on another thread."""
        on_way = dict(self._on_way)

        def left(endpoint_id: str, failing: bool) -> int:
            most = AT_ONCE_WHILE_FAILING if failing else AT_ONCE
            return max(most - on_way.get(endpoint_id, 0), 0)

        return left

    async def _take(self, merchant_id: str, due: list[DueDelivery]) -> list[Parcel]:
        """Make the bodies beside the writer, then lease and freeze in one short transaction."""
        ids = [item.delivery_id for item in due]
        packed = await self._store.read(merchant_id, lambda tx: pack(tx, ids, self._caller))
        return await self._store.write(merchant_id, lambda tx: take(tx, packed))

    async def _deliver(self, parcel: Parcel, then: Callable[[], None]) -> None:
        delivery = parcel.delivery
        with anyio.CancelScope(shield=True) as scope:
            self._scopes.add(scope)
            try:
                attempt = await self._send(parcel)
                await self._record(parcel, attempt)
            except Exception:
                logger.exception("delivery %s: not recorded, to be sent again", delivery.delivery_id)
            finally:
                self._scopes.discard(scope)
                self._on_way[delivery.endpoint_id] -= 1
                if not self._on_way[delivery.endpoint_id]:
                    del self._on_way[delivery.endpoint_id]
                then()

    async def _record(self, parcel: Parcel, attempt: Attempt) -> None:
        chance = self._random.random()
        delivery = parcel.delivery
        after = await self._store.write(delivery.merchant_id, lambda tx: record(tx, parcel, attempt, chance))
        logger.info(
            "delivery %s of %s to %s, try %d: %s%s",
            delivery.delivery_id,
            delivery.event_id,
            delivery.endpoint_id,
            delivery.tries,
            attempt.http_status or attempt.error,
            "" if after is None else f", {after.state}",
        )

    async def _round_or_log(self, group: TaskGroup, then: Callable[[], None]) -> int:
        try:
            await self._forget()
            return await self.round(group, then)
        except Exception:
            logger.exception("deliveries could not be taken; the next round tries again")
            return 0

    async def _forget(self) -> None:
        """Now and then, delete what is too old to be read or sent again."""
        now = self._clock.now()
        if self._forget_at is not None and now < self._forget_at:
            return
        self._forget_at = now + FORGET_EVERY
        while forgotten := await self._store.forget_deliveries(FORGET_AT_ONCE):
            logger.info("%d old deliveries forgotten", forgotten)


def _by_merchant(due: list[DueDelivery]) -> dict[str, list[DueDelivery]]:
    grouped: dict[str, list[DueDelivery]] = {}
    for item in due:
        grouped.setdefault(item.merchant_id, []).append(item)
    return grouped
