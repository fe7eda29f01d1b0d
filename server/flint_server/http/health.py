"""`/healthz`: is the process alive? `/readyz`: can it do its work, and if not, why? Nothing of the data is told."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flint_domain.kernel.errors import Refused
from flint_domain.unit_of_work.ports import Store
from flint_server.worker import Pulse

logger = logging.getLogger(__name__)

WRITES_EVERY = 1.0  # seconds between two pages that are written to see whether they can be
ANSWER_WITHIN = 3.0  # seconds for all checks; load balancers wait about five

_FRESH = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found; the reason is for an operator."""

    ok: bool
    reason: str


Check = Callable[[], Awaitable[Verdict]]


class Health:
    """Both addresses. The checks run at once, each time they are asked for."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)
        self._looking: dict[str, asyncio.Task[Verdict]] = {}

    def routes(self) -> list[Route]:
        return [Route("/healthz", self.alive, methods=["GET"]), Route("/readyz", self.ready, methods=["GET"])]

    async def alive(self, _request: Request) -> Response:
        """200 as long as the event loop turns."""
        return JSONResponse({"status": "alive"}, headers=_FRESH)

    async def ready(self, _request: Request) -> Response:
        """200 when every check is ok, and 503 with the reasons when not."""
        verdicts = await self.examine()
        ready = all(verdict.ok for verdict in verdicts.values())
        told = {name: {"ok": verdict.ok, "reason": verdict.reason} for name, verdict in verdicts.items()}
        return JSONResponse(
            {"status": "ready" if ready else "not ready", "checks": told},
            status_code=200 if ready else 503,
            headers=_FRESH,
        )

    async def examine(self) -> dict[str, Verdict]:
        """What every check says. One that is still at it since the last time is not begun again."""
        for name, check in self._checks.items():
            if name not in self._looking or self._looking[name].done():
                # A task of its own: a transaction that waits for a locked file cannot be called off.
                self._looking[name] = asyncio.create_task(_look(name, check))
        await asyncio.wait(self._looking.values(), timeout=ANSWER_WITHIN)
        late = Verdict(False, f"no answer within {ANSWER_WITHIN:.0f} seconds")
        return {name: look.result() if look.done() else late for name, look in self._looking.items()}


async def _look(name: str, check: Check) -> Verdict:
    try:
        return await check()
    except Exception:
        logger.exception("readiness: the check of the %s failed", name)
        return Verdict(False, "the check failed; the log says why")


class Writable(Store, Protocol):
    """A store that can be asked to prove that it takes writes."""

    async def try_to_write(self) -> None: ...


def store_check(store: Writable, merchant_id: str, clock: Callable[[], float] = time.monotonic) -> Check:
    """Reads, and writes a page: a full disk lets everything else succeed. At most once in WRITES_EVERY, since anybody
    on the machine may ask."""
    written = -math.inf

    async def check() -> Verdict:
        nonlocal written
        try:
            await store.read(merchant_id, lambda tx: tx.default_tax_rate())
            if clock() - written >= WRITES_EVERY:
                await store.try_to_write()
                written = clock()
        except Refused as refused:
            logger.warning("readiness: the store does not answer: %s", refused)
            return Verdict(False, "the data file cannot be read or written; the log says why")
        return Verdict(True, "readable and writable")

    return check


def worker_check(pulse: Pulse | None) -> Check:
    """Whether every round of this process's worker has ended well lately; None when it has no worker."""

    async def check() -> Verdict:
        if pulse is None:
            return Verdict(True, "left to other processes")
        late = pulse.late()
        if late:
            return Verdict(False, f"no round lately: {', '.join(late)}")
        return Verdict(True, "its rounds go well")

    return check


def processor_check(name: str, *, hears_events: bool, has_secrets: bool) -> Check:
    """Which processor moves the money, and whether its configuration is whole. What it says is known at the start."""
    verdict = Verdict(True, name)
    if has_secrets and not hears_events:
        verdict = Verdict(
            False, f"{name}, although there is a secret for Stripe's webhooks: FLINT_STRIPE_KEY is missing"
        )
    elif hears_events and not has_secrets:
        verdict = Verdict(True, f"{name}, without FLINT_STRIPE_WEBHOOK_SECRET: refunds that fail late are not heard of")

    async def check() -> Verdict:
        return verdict

    return check
