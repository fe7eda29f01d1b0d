"""Stripe as a processor: real money, or a test account's.

Every movement is asked for under the transfer's own key, and every object carries our ids, so that whatever dies in
between is asked again or found again, and never charged twice. Stripe's library is imported with the first call.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flint_domain.customers.errands import Attach, Detach
from flint_domain.engine.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.order.payments.model import Decline, Outcome, Tender, Transfer, TransferKind, TransferState
from flint_domain.unit_of_work.ports import Clock, Notice
from flint_server.processors.names import LIVE, TEST
from flint_server.processors.stripe import requests
from flint_server.processors.stripe.answers import (
    ABANDONED,
    UNKNOWN,
    StripeDispute,
    declined,
    dispute_of,
    of_capture,
    of_payment,
    of_refund,
    of_void,
    tender_of,
)
from flint_server.processors.stripe.asking import Asking
from flint_server.processors.stripe.client import Answer, StripeLine
from flint_server.processors.stripe.errors import Failure
from flint_server.processors.stripe.keys import StripeKey
from flint_server.processors.stripe.lookup import StripeLookUp
from flint_server.processors.stripe.money import refuse_amount
from flint_server.processors.stripe.payment_methods import StripeMethods

if TYPE_CHECKING:
    from stripe import HTTPClient, RequestOptions, StripeClient, StripeObject

_NO_PAYMENT = Decline(code="resource_missing", message="Flint has no reference of this payment at Stripe.")


class StripeUnreadable(Exception):
    """Something could not be read from Stripe; the message says why."""


class StripeProcessor(Asking[Transfer]):
    """flint_domain.unit_of_work.ports.Processor over Stripe's API.

    return_url is where the buyer comes back to from the bank's page; without one, a charge that a buyer would have to
    approve is declined. base_address and http_client are for tests. Raises StripeKeyRefused for a key of no use.
    """

    def __init__(
        self,
        key: str | StripeKey,
        *,
        clock: Clock,
        return_url: str | None = None,
        base_address: str | None = None,
        http_client: "HTTPClient | None" = None,
    ) -> None:
        key = StripeKey.parse(key) if isinstance(key, str) else key
        line = StripeLine(key, base_address=base_address, http_client=http_client)
        super().__init__(line, clock)
        self._look_up = StripeLookUp(line, clock)
        self._methods = StripeMethods(line, clock, return_url)
        self._return_url = return_url

    def __repr__(self) -> str:
        return f"StripeProcessor({self._line.key!r})"

    @property
    def name(self) -> str:
        """Whose books its money is in: a test account's and the live one's are never mixed."""
        return LIVE if self.livemode else TEST

    @property
    def livemode(self) -> bool:
        """Whether the key moves real money."""
        return self._line.key.livemode

    # ── what Flint asks ──────────────────────────────────────────────────────────────────────────────────────────────

    async def perform(self, transfer: Transfer) -> Outcome:
        """Move the money once for transfer.key and answer; a repetition gets the first answer again and moves nothing.

        Once Stripe may have forgotten the key, the transfer is only looked up. UNKNOWN when the answer was lost, Stripe
        is in trouble or busy, or it refuses us where it may have charged before.
        """
        if decline := refuse_amount(transfer):
            return declined(decline)
        if self._clock.now() - transfer.created_at >= KEY_FORGOTTEN_AFTER:
            return await self.find(transfer)
        if transfer.kind in (TransferKind.CHARGE, TransferKind.AUTHORIZE):
            return await self._charge(transfer)
        if transfer.payment_reference is None:
            return declined(_NO_PAYMENT)
        return await self._follow_up(transfer, transfer.payment_reference)

    async def find(self, transfer: Transfer) -> Outcome:
        """How the transfer stands at Stripe, by its reference or else by our ids on Stripe's objects.

        UNKNOWN when nothing is found: that it never arrived cannot be told from not having found it.
        """
        return await self.look(transfer)

    async def attach(self, errand: Attach) -> Outcome:
        """Save a method for the customer, once for errand.key."""
        return await self._methods.attach(errand)

    async def detach(self, errand: Detach) -> Outcome:
        """Forget a method, once for errand.key."""
        return await self._methods.detach(errand)

    async def find_method(self, errand: Attach | Detach) -> Outcome:
        """How saving or forgetting a method stands at Stripe, as find tells it of transfers."""
        return await self._methods.look(errand)

    async def notices(self) -> list[Notice]:
        """None: Stripe says later outcomes by webhook."""
        return []

    async def acknowledge(self, notice_ids: Sequence[str]) -> None:
        return None

    async def disputes(self, payment_reference: str) -> list[StripeDispute]:
        """The disputes of a payment, the newest first. Raises StripeUnreadable."""
        answer = await self._line.ask(
            lambda client: client.v1.disputes.list({"payment_intent": payment_reference, "limit": 100})
        )
        if isinstance(answer, Failure):
            raise StripeUnreadable(answer.decline.message if answer.decline else "Stripe gave no answer.")
        return [dispute_of(dispute) for dispute in answer["data"]]

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _charge(self, transfer: Transfer) -> Outcome:
        source = await self.method_of(transfer.source or "", transfer)
        if isinstance(source, Outcome):
            return source
        answer = await self._line.ask(
            lambda client: client.v1.payment_intents.create(
                requests.payment_intent(transfer, source.reference, self._return_url),
                {"idempotency_key": transfer.key},
            )
        )
        if isinstance(answer, Failure):
            return await self.conclude(transfer, answer, tender_of(source.made))
        return await self.reading(transfer, answer, tender_of(source.made))

    async def _follow_up(self, transfer: Transfer, payment: str) -> Outcome:
        """Capture, void or refund a payment that Stripe knows."""

        def ask(client: "StripeClient") -> "StripeObject":
            match transfer.kind:
                case TransferKind.CAPTURE:
                    body = requests.capture(transfer)
                    return client.v1.payment_intents.capture(payment, body, {"idempotency_key": transfer.key})
                case TransferKind.VOID:
                    return client.v1.payment_intents.cancel(payment, {}, {"idempotency_key": transfer.key})
                case _:
                    body = requests.refund(transfer, payment)
                    return client.v1.refunds.create(body, {"idempotency_key": transfer.key})

        answer = await self._line.ask(ask)
        if isinstance(answer, Failure):
            return await self.conclude(transfer, answer)
        return await self.reading(transfer, answer)

    async def stored(self, asked: Transfer) -> Answer | Failure | None:
        return await self._look_up.stored(asked)

    async def reading(self, asked: Transfer, found: Answer, tender: Tender | None = None) -> Outcome:
        match asked.kind:
            case TransferKind.CAPTURE:
                return of_capture(found, asked)
            case TransferKind.VOID:
                return of_void(found)
            case TransferKind.REFUND:
                return of_refund(found)
            case _:
                outcome = of_payment(found, asked.kind, tender)
        if outcome.state is TransferState.REQUIRES_ACTION and outcome.action_url is None:
            return await self._call_off(asked, found, outcome.tender)
        return outcome

    async def _call_off(self, transfer: Transfer, waiting: Answer, tender: Tender | None) -> Outcome:
        """Cancel what waits for a buyer who cannot be sent anywhere, so that it never charges later."""
        reference = str(waiting["id"])
        key: RequestOptions = {"idempotency_key": f"{transfer.key}:cancel"}
        answer = await self._line.ask(
            lambda client: client.v1.payment_intents.cancel(reference, {"cancellation_reason": ABANDONED}, key)
        )
        stands = answer.intent if isinstance(answer, Failure) else answer
        if stands is None:
            return UNKNOWN
        outcome = of_payment(stands, transfer.kind, tender)
        return UNKNOWN if outcome.state is TransferState.REQUIRES_ACTION else outcome
