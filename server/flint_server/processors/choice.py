"""Which processor moves the money: Stripe when there is a key for it, else the simulated one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from flint_domain.ports import Clock
from flint_server.processors.simulated import SimulatedProcessor
from flint_server.settings import Settings

if TYPE_CHECKING:
    from flint_server.processors.stripe import StripeProcessor


@asynccontextmanager
async def open_processor(settings: Settings, clock: Clock) -> "AsyncGenerator[SimulatedProcessor | StripeProcessor]":
    """The processor these settings ask for. Raises StripeKeyRefused for a key of no use."""
    if settings.stripe_key is None:
        async with SimulatedProcessor(settings.ledger, clock=clock, seed=settings.seed) as simulated:
            yield simulated
        return
    from flint_server.processors.stripe import StripeProcessor

    yield StripeProcessor(settings.stripe_key, clock=clock, return_url=settings.stripe_return_url)
