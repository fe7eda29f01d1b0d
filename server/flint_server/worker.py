"""What happens without a call: open transfers are finished, what the processor says later is settled, stock that was
reserved too long is given back, webhooks are delivered, and what is too old is forgotten.

Any number of workers may run beside each other, in one process or in many: each piece of work is leased, and done by
whoever got the lease.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import anyio

from flint_domain.engine.engine import Engine
from flint_domain.engine.transfers import PERFORM_DEADLINE
from flint_server.stripe_events import inbox as inboxes
from flint_server.stripe_events.inbox import Inbox
from flint_server.webhooks.courier import Courier

logger = logging.getLogger(__name__)

RECOVER_EVERY = 60.0  # seconds; a lease is longer, so a transfer waits at most two rounds for its recovery
RECOVER_AT_ONCE = 100  # transfers of one round: what a tax service is told waits here too, and a busy shop tells much
RELEASE_EVERY = 10.0  # seconds that an unpaid order may hold its stock too long: one small read
HEAR_EVERY = 1.0  # seconds between two looks at the simulated processor's notices: one small read
SETTLE_EVERY = 1.0  # seconds between two looks at the inbox: one small read
ERASED_EVERY = 10.0  # seconds until an erased person's words leave the search indexes: one read of the file's header
GRACE = 8.0  # seconds that a shutdown waits for what is held; Docker kills after ten. What is cut off is recovered


class Pulse:
    """When each kind of round last ended well. now is in seconds, of any clock that never steps back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._late_at: dict[str, float] = {}

    def expect(self, rounds: Sequence["Round"]) -> None:
        """These rounds begin now."""
        for round_ in rounds:
            self.beat(round_)

    def beat(self, round_: "Round") -> None:
        """A round has ended well: the next one has its pause, the longest that one may take, and the pause again."""
        self._late_at[round_.what] = self._now() + 2 * round_.pause + PERFORM_DEADLINE

    def late(self) -> list[str]:
        """The rounds that should have ended well by now; all of them when none was ever begun."""
        if not self._late_at:
            return ["the worker has not started"]
        return [what for what, late_at in self._late_at.items() if self._now() > late_at]


@dataclass(frozen=True, slots=True)
class Round:
    """Something to do again and again. do returns how much was done; where that was `full`, there is more to do now."""

    what: str
    do: Callable[[], Awaitable[int]]
    pause: float
    full: int | None = None


async def work(
    flint: Engine,
    courier: Courier | None = None,
    inbox: Inbox | None = None,
    pulse: Pulse | None = None,
    take_out_erased_words: Callable[[], Awaitable[int]] | None = None,
) -> None:
    """Do all of it, at once and then in rounds, until cancelled; what is held then is finished, within GRACE."""
    stopping = anyio.Event()
    rounds = [
        Round("recovery", partial(_recover, flint, stopping), RECOVER_EVERY, full=RECOVER_AT_ONCE),
        Round("notices", flint.hear, HEAR_EVERY),
        Round("reservations", flint.release_expired, RELEASE_EVERY),
    ]
    if inbox is not None:
        rounds.append(Round("inbox", inbox.settle, SETTLE_EVERY, full=inboxes.AT_ONCE))
    if take_out_erased_words is not None:
        rounds.append(Round("erased words", take_out_erased_words, ERASED_EVERY))
    pulse = pulse or Pulse()
    pulse.expect(rounds)
    held = anyio.CancelScope(shield=True)
    async with anyio.create_task_group() as group:
        group.start_soon(_all_rounds, rounds, stopping, held, pulse)
        if courier is not None:
            group.start_soon(courier.run)
        try:
            await anyio.sleep_forever()
        finally:
            stopping.set()
            held.deadline = anyio.current_time() + GRACE


async def _all_rounds(rounds: Sequence[Round], stopping: anyio.Event, held: anyio.CancelScope, pulse: Pulse) -> None:
    with held:
        async with anyio.create_task_group() as group:
            for round_ in rounds:
                group.start_soon(_in_rounds, round_, stopping, pulse)
    if held.cancelled_caught:
        logger.warning("cut off after %.0f seconds; what was under way is recovered by whoever runs next", GRACE)


async def _in_rounds(round_: Round, stopping: anyio.Event, pulse: Pulse) -> None:
    while not stopping.is_set():
        done = 0
        try:
            done = await round_.do()
            pulse.beat(round_)
            if done:
                logger.info("%s: %d taken up", round_.what, done)  # what came of each is its own line
        except Exception:
            logger.exception("%s failed; the next round tries again", round_.what)
        if done != round_.full:
            with anyio.move_on_after(round_.pause):
                await stopping.wait()


async def _recover(flint: Engine, stopping: anyio.Event) -> int:
    """Flint.recover, one transfer at a time, so that a shutdown waits for one only."""
    taken = 0
    for item in await flint.due_work(RECOVER_AT_ONCE):
        if stopping.is_set():
            break
        taken += await flint.take_on([item])
    return taken
