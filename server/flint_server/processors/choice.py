"""Which processor moves the money: Stripe when there is a key for it, else the simulated one. Who works taxes out."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from flint_domain.unit_of_work.ports import Clock
from flint_server.processors.simulated.processor import SimulatedProcessor
from flint_server.settings import STRIPE_KEY, TAX, TAX_PRICES, Settings, UnknownTaxService

if TYPE_CHECKING:
    from flint_server.processors.stripe.processor import StripeProcessor
    from flint_server.processors.stripe.tax import StripeTax


@asynccontextmanager
async def open_processor(settings: Settings, clock: Clock) -> "AsyncGenerator[SimulatedProcessor | StripeProcessor]":
    """The processor these settings ask for. Raises StripeKeyRefused for a key of no use."""
    if settings.stripe_key is None:
        async with SimulatedProcessor(settings.ledger, clock=clock, seed=settings.seed) as simulated:
            yield simulated
        return
    from flint_server.processors.stripe.processor import StripeProcessor

    yield StripeProcessor(settings.stripe_key, clock=clock, return_url=settings.stripe_return_url)


def tax_service_of(settings: Settings, clock: Clock) -> "StripeTax | None":
    """The tax service that these settings ask for; None leaves taxes to the merchant's rates.

    Raises UnknownTaxService, and StripeKeyRefused for a key of no use.
    """
    if settings.tax_prices not in ("inclusive", "exclusive"):
        raise UnknownTaxService(f'{TAX_PRICES} is "inclusive" or "exclusive". Leave it out where tax comes on top.')
    if settings.tax_service is None:
        return None
    if settings.tax_service != "stripe":
        raise UnknownTaxService(f'{TAX} knows one tax service: "stripe". Leave it out to use your own tax rates.')
    if settings.stripe_key is None:
        raise UnknownTaxService(f"{TAX}=stripe needs {STRIPE_KEY}, the key of the account with Stripe Tax.")
    from flint_server.processors.stripe.tax import StripeTax

    return StripeTax(settings.stripe_key, clock=clock, inclusive=settings.tax_prices == "inclusive")
