"""Stripe Tax as the tax service: https://docs.stripe.com/tax/custom.

A sale and what goes back of it are reported under names that Stripe takes once, and under idempotency keys of their
own: asking again, however late, never counts anything twice.
"""

import logging
from typing import TYPE_CHECKING

import anyio

from flint_domain.kernel.errors import Refused
from flint_domain.order.payments.model import Decline, Outcome, TransferState
from flint_domain.order.tax.errands import TAX_COMMIT, TaxReport
from flint_domain.order.tax.service import TaxQuote, TaxRequest
from flint_domain.unit_of_work.ports import Clock
from flint_server.processors.stripe import tax_requests as requests
from flint_server.processors.stripe.answers import UNKNOWN, declined
from flint_server.processors.stripe.client import Answer, StripeLine
from flint_server.processors.stripe.errors import Failure
from flint_server.processors.stripe.keys import StripeKey
from flint_server.processors.stripe.tax_requests import Json, Unreadable

if TYPE_CHECKING:
    from stripe import HTTPClient, RequestOptions
    from stripe.params.tax import CalculationCreateParams

logger = logging.getLogger(__name__)

NAME = "Stripe Tax"
ANSWER_WITHIN = 20.0  # seconds that a caller waits for a quote before the call is refused
EXPIRED = "resource_missing"  # what Stripe answers for a calculation that it no longer has
# What Stripe says of an address that it cannot place (https://docs.stripe.com/tax/customer-locations).
_NO_PLACE = frozenset({"customer_tax_location_invalid", "shipping_address_invalid", "postal_code_invalid"})


class StripeTax:
    """flint_domain.unit_of_work.ports.TaxService over Stripe's API.

    inclusive says that prices hold their tax. base_address and http_client are for tests. Raises StripeKeyRefused for a
    key of no use.
    """

    def __init__(
        self,
        key: str | StripeKey,
        *,
        clock: Clock,
        inclusive: bool = False,
        base_address: str | None = None,
        http_client: "HTTPClient | None" = None,
    ) -> None:
        key = StripeKey.parse(key) if isinstance(key, str) else key
        self._line = StripeLine(key, base_address=base_address, http_client=http_client)
        self._clock = clock
        self._inclusive = inclusive

    def __repr__(self) -> str:
        return f"StripeTax({self._line.key!r})"

    @property
    def name(self) -> str:
        return NAME

    # ── quotes ──

    async def calculate(self, request: TaxRequest) -> TaxQuote:
        """Raises Refused: "tax_unavailable", or "invalid_argument" for what Stripe cannot tax."""
        if len(request.items) > requests.MOST_ITEMS:
            raise Refused(
                "invalid_argument",
                f"{NAME} takes {requests.MOST_ITEMS} lines and charges at most, and this order has "
                f"{len(request.items)} to be taxed.",
                hint="split it into several orders",
                param="lineItems",
            )
        try:
            body = requests.calculation(request, inclusive=self._inclusive)
        except ValueError as inexact:  # an amount between two of Stripe's
            raise Refused(
                "invalid_argument",
                f"{inexact}, so it cannot tax this order.",
                hint=f"use amounts that Stripe has in {request.currency}",
                param="currency",
            ) from None
        answer: TaxQuote | Failure = Failure()
        with anyio.move_on_after(ANSWER_WITHIN) as waiting:
            answer = await self._quote(body, request)
        if waiting.cancelled_caught:
            logger.warning("no tax quote within %.0f seconds", ANSWER_WITHIN)
        if isinstance(answer, Failure):
            raise _refusal(answer)
        return answer

    async def _quote(
        self, body: "CalculationCreateParams", request: TaxRequest, key: str | None = None
    ) -> TaxQuote | Failure:
        options: RequestOptions = {} if key is None else {"idempotency_key": key}
        answer = await self._line.ask(lambda client: client.v1.tax.calculations.create(body, options))
        if isinstance(answer, Failure):
            return answer
        items = await self._items_of_calculation(answer)
        if isinstance(items, Failure):
            return items
        try:
            return requests.quote_of(request, answer, items)
        except Unreadable as wrong:
            logger.error("tax calculation %s: %s", answer["id"], wrong)
            return Failure()

    async def _items_of_calculation(self, calculated: Answer) -> list[Json] | Failure:
        """The lines of a calculation: Stripe gives the first few with it, and all of them when asked."""
        listed = calculated.get("line_items")
        if listed is not None and not listed["has_more"]:
            return list(listed["data"])
        reference = str(calculated["id"])
        answer = await self._line.ask(
            lambda client: client.v1.tax.calculations.line_items.list(
                reference, {"limit": requests.MOST_ITEMS, "expand": ["data.tax_breakdown"]}
            )
        )
        return answer if isinstance(answer, Failure) else list(answer["data"])

    # ── reports ──

    async def perform(self, report: TaxReport) -> Outcome:
        """Report a sale, or take back what its statement says. UNKNOWN while Stripe gives no answer or refuses the key:
        nothing is lost by asking again."""
        try:
            if report.kind == TAX_COMMIT:
                return await self._sale(report)
            return await self._reversal(report)
        except (Unreadable, ValueError) as wrong:
            logger.error("transfer %s: %s", report.errand_id, wrong)
            return declined(Decline(code="unreadable", message=f"Stripe's record of the sale does not fit: {wrong}."))

    async def _sale(self, report: TaxReport) -> Outcome:
        quote = report.statement.quote
        assert quote is not None, "a sale is reported with its quote"
        if quote.expires_at is not None and quote.expires_at <= self._clock.now():
            return await self._sale_anew(report, quote)
        answer = await self._record(report, quote.reference, report.key)
        if isinstance(answer, Failure) and answer.decline is not None and answer.decline.code == EXPIRED:
            return await self._sale_anew(report, quote)
        return _told(answer)

    async def _sale_anew(self, report: TaxReport, quote: TaxQuote) -> Outcome:
        """Calculate again what Stripe has forgotten, and report that. What it comes to now is told, since it may be
        more or less than the buyer was charged."""
        inclusive = any(rate.inclusive for rate in quote.rates)
        body = requests.calculation(quote.request, inclusive=inclusive)
        again = await self._quote(body, quote.request, f"{report.key}:calculation")
        if isinstance(again, Failure):
            return _told(again)
        outcome = _told(await self._record(report, again.reference, f"{report.key}:anew"))
        if outcome.state is not TransferState.SUCCEEDED:
            return outcome
        return Outcome(state=outcome.state, reference=outcome.reference, reported=again.tax)

    async def _record(self, report: TaxReport, calculation: str, key: str) -> Answer | Failure:
        body = requests.sale(report, calculation)
        return await self._line.ask(
            lambda client: client.v1.tax.transactions.create_from_calculation(body, {"idempotency_key": key})
        )

    async def _reversal(self, report: TaxReport) -> Outcome:
        statement = report.statement
        assert statement is not None and statement.sale_reference is not None, "only a sale that Stripe has goes back"
        original, items = statement.sale_reference, None
        if not statement.whole:
            listed = await self._line.ask(
                lambda client: client.v1.tax.transactions.line_items.list(original, {"limit": requests.MOST_ITEMS})
            )
            if isinstance(listed, Failure):
                return _told(listed)
            items = list(listed["data"])
        body = requests.reversal(report, original, items)
        return _told(
            await self._line.ask(
                lambda client: client.v1.tax.transactions.create_reversal(body, {"idempotency_key": report.key})
            )
        )


def _told(answer: Answer | Failure) -> Outcome:
    if not isinstance(answer, Failure):
        return Outcome(state=TransferState.SUCCEEDED, reference=str(answer["id"]))
    if answer.decline is None or answer.ours:
        return UNKNOWN
    return declined(answer.decline)


def _refusal(failure: Failure) -> Refused:
    """Why there is no quote: nobody's fault, the operator's, or the address's."""
    decline = failure.decline
    if decline is None:
        return Refused(
            "tax_unavailable",
            f"{NAME} gave no answer, so the order's taxes are not known. Nothing was changed.",
            hint="send the call again in a few seconds",
        )
    if decline.code in _NO_PLACE:
        return Refused(
            "invalid_argument",
            f"{NAME} cannot place the shipping address.",
            hint="give its postalCode (in the United States always), region and city as well",
            param="shippingAddress",
        )
    logger.error("no tax quote: %s", decline.message)
    return Refused(
        "tax_unavailable",
        f"{NAME} refused to work out the order's taxes ({decline.code}). Nothing was changed.",
        hint="the operator finds the reason in the log: the key needs access to Stripe Tax, which has to be set up",
    )
