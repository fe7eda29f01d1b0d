"""What happens without a call: open transfers are finished, and what the processor says later is settled."""

import logging
from collections.abc import Awaitable, Callable

import anyio

from flint_domain.flint import Flint

logger = logging.getLogger(__name__)

RECOVER_EVERY = 60.0  # seconds; a lease is longer, so a transfer waits at most two rounds for its recovery
HEAR_EVERY = 1.0  # seconds between two looks at the simulated processor's notices: one small read


async def work(flint: Flint) -> None:
    """Recover at once and then in rounds, until cancelled."""
    async with anyio.create_task_group() as group:
        group.start_soon(_in_rounds, "recovery", flint.recover, RECOVER_EVERY)
        group.start_soon(_in_rounds, "notices", flint.hear, HEAR_EVERY)


async def _in_rounds(what: str, round_: Callable[[], Awaitable[int]], pause: float) -> None:
    while True:
        try:
            done = await round_()
            if done:
                logger.info("%s: %d done", what, done)
        except Exception:
            logger.exception("%s failed; the next round tries again", what)
        await anyio.sleep(pause)
