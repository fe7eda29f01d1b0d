"""A transaction that needs a tax quote stops; the quote is asked for outside any transaction, and it begins again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from flint_domain.kernel.errors import Refused
from flint_domain.order.tax.quoting import QuoteNeeded, Quotes
from flint_domain.order.tax.service import TaxQuote
from flint_domain.unit_of_work.ports import TaxService

T = TypeVar("T")

MOST_QUOTES = 4  # an amendment prices two orders; the others are for what changes while the service is being asked


async def with_quotes(service: TaxService | None, attempt: Callable[[Quotes | None], Awaitable[T]]) -> T:
    """Make the attempt, with every quote that it stopped for. Without a service that is one call and nothing more.

    Raises Refused("tax_unavailable") when the service gives no quote, or the order changes faster than it is quoted.
    Nothing was changed then.
    """
    known: tuple[TaxQuote, ...] = ()
    while True:
        try:
            return await attempt(None if service is None else Quotes(service.name, known))
        except QuoteNeeded as needed:
            if service is None or service.name != needed.service:
                raise _elsewhere(needed.service) from None
            if len(known) == MOST_QUOTES:
                raise _too_fast() from None
            request = needed.request
        known = (*known, await service.calculate(request))


def _elsewhere(service: str) -> Refused:
    return Refused(
        "tax_unavailable",
        f"The taxes of this order come from {service}, and this server was started without it.",
        hint="the operator starts the server with that tax service again; until then the order's price stays as it is",
    )


def _too_fast() -> Refused:
    return Refused(
        "tax_unavailable",
        "The order changed again and again while its taxes were asked for.",
        hint="read the order, and send the call again",
    )
