"""Telling MCP clients that an order has changed, whoever changed it: a call, the processor, another process."""

import logging
from datetime import timedelta

import anyio
from mcp.server.subscriptions import ResourceUpdated, SubscriptionBus

from flint_domain.unit_of_work.ports import Clock
from flint_server.db import SqliteStore
from flint_server.db.ids import earliest

logger = logging.getLogger(__name__)

ANNOUNCE_EVERY = 0.5  # seconds between two looks: one indexed read
LATE_BY = timedelta(seconds=30)  # how long after it was made a fact may still be committed and seen


class Announcer:
    """Reads the facts that came since the last look and publishes the resources they changed.

    A fact may be committed after a younger one was read, so every look goes back a little and skips what it has told.
    """

    def __init__(self, store: SqliteStore, merchant_id: str, clock: Clock, bus: SubscriptionBus) -> None:
        self._store = store
        self._merchant_id = merchant_id
        self._clock = clock
        self._bus = bus
        self._told: set[str] = set()
        self._from = earliest("evt", clock.now())

    async def announce(self) -> int:
        """Publish what changed since the last look; returns how many orders did."""
        after = max(self._from, earliest("evt", self._clock.now() - LATE_BY))
        changes = await self._store.changed_orders(self._merchant_id, after)
        orders = dict.fromkeys(order_id for fact_id, order_id in changes if fact_id not in self._told)
        self._told = {fact_id for fact_id, _ in changes}
        for order_id in orders:
            for uri in (f"flint://orders/{order_id}", f"flint://orders/{order_id}/activities"):
                await self._bus.publish(ResourceUpdated(uri=uri))
        return len(orders)


async def keep_announcing(announcer: Announcer) -> None:
    """Announce in rounds until cancelled."""
    while True:
        try:
            await announcer.announce()
        except Exception:
            logger.exception("announcing failed; the next round tries again")
        await anyio.sleep(ANNOUNCE_EVERY)
