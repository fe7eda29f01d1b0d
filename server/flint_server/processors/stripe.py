"""Stripe as a processor: real money, or a test account's.

Every movement is asked for under the transfer's own key, and every object carries our ids, so that whatever dies in
between is asked again or found again, and never charged twice. Stripe's library is imported with the first call.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flint_domain.kernel.cards import holds_card_number
from flint_domain.payments.model import Decline, Outcome, Tender, Transfer, TransferKind, TransferState
from flint_domain.ports import Clock, Notice
from flint_domain.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.work import LEASE
from flint_server.processors import stripe_requests as requests
from flint_server.processors.names import LIVE, TEST
from flint_server.processors.stripe_answers import (
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
from flint_server.processors.stripe_client import Answer, StripeLine
from flint_server.processors.stripe_errors import KEY_REUSED, Failure
from flint_server.processors.stripe_keys import StripeKey
from flint_server.processors.stripe_lookup import StripeLookUp
from flint_server.processors.stripe_money import refuse_amount

if TYPE_CHECKING:
    from stripe import HTTPClient, StripeClient, StripeObject

_SOURCE = re.compile(r"(?:tok|pm)_[A-Za-z0-9_]{1,255}\Z")
_NO_SOURCE = Decline(code="parameter_missing", message="No payment source was given. Send a token or a PaymentMethod.")
_CARD_NUMBER = Decline(
    code="invalid_request_error",
    message="Card numbers must never be sent; this one was neither used nor stored. Send a token instead.",
)
_NO_TOKEN = Decline(
    code="resource_missing",
    message="The payment source is neither a token (tok_…) nor a PaymentMethod (pm_…) of Stripe's.",
)
_NO_PAYMENT = Decline(code="resource_missing", message="Flint has no reference of this payment at Stripe.")


class StripeUnreadable(Exception):
    """Something could not be read from Stripe; the message says why."""


class StripeProcessor:
    """flint_domain.ports.Processor over Stripe's API.

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
        self._line = StripeLine(key, base_address=base_address, http_client=http_client)
        self._look_up = StripeLookUp(self._line, clock)
        self._clock = clock
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
        found = await self._look_up.stored(transfer)
        return UNKNOWN if found is None or isinstance(found, Failure) else await self._reading(transfer, found)

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
        source, tender = transfer.source or "", None
        if decline := _refuse_source(source):
            return declined(decline)
        if source.startswith("tok_"):
            made = await self._line.ask(
                lambda client: client.v1.payment_methods.create(
                    requests.payment_method(transfer), {"idempotency_key": f"{transfer.key}:pm"}
                )
            )
            if isinstance(made, Failure):
                # This body depends on no configuration, so a reused key is another request's; nothing was charged.
                return declined(KEY_REUSED) if made.key_reused else await self._conclude(transfer, made)
            source, tender = str(made["id"]), tender_of(made)
        answer = await self._line.ask(
            lambda client: client.v1.payment_intents.create(
                requests.payment_intent(transfer, source, self._return_url), {"idempotency_key": transfer.key}
            )
        )
        if isinstance(answer, Failure):
            return await self._conclude(transfer, answer, tender)
        return await self._reading(transfer, answer, tender)

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
            return await self._conclude(transfer, answer)
        return await self._reading(transfer, answer)

    async def _reading(self, transfer: Transfer, found: Answer, tender: Tender | None = None) -> Outcome:
        """What an object of Stripe's says of the transfer it was made by or found for."""
        match transfer.kind:
            case TransferKind.CAPTURE:
                return of_capture(found, transfer)
            case TransferKind.VOID:
                return of_void(found)
            case TransferKind.REFUND:
                return of_refund(found)
            case _:
                outcome = of_payment(found, transfer.kind, tender)
        if outcome.state is TransferState.REQUIRES_ACTION and outcome.action_url is None:
            return await self._call_off(transfer, found, outcome.tender)
        return outcome

    async def _call_off(self, transfer: Transfer, payment: Answer, tender: Tender | None) -> Outcome:
        """Cancel a payment that waits for a buyer who cannot be sent anywhere, so that it never charges later."""
        reference = str(payment["id"])
        answer = await self._line.ask(
            lambda client: client.v1.payment_intents.cancel(
                reference, {"cancellation_reason": ABANDONED}, {"idempotency_key": f"{transfer.key}:cancel"}
            )
        )
        stands = answer.payment if isinstance(answer, Failure) else answer
        outcome = UNKNOWN if stands is None else of_payment(stands, transfer.kind, tender)
        return UNKNOWN if outcome.state is TransferState.REQUIRES_ACTION else outcome

    async def _conclude(self, transfer: Transfer, failure: Failure, tender: Tender | None = None) -> Outcome:
        """What a failure leaves certain."""
        if failure.decline is None:
            # Stripe keeps a 500 under the key like any answer, so that asking again only repeats it.
            return await self.find(transfer) if failure.replayed else UNKNOWN
        if failure.key_reused:
            return await self._first_of_key(transfer)
        if failure.ours and self._asked_before(transfer):
            return UNKNOWN
        payment = failure.payment
        if payment is not None and failure.decline.code == "payment_intent_unexpected_state":
            stands = await self._reading(transfer, payment, tender)
            if stands.state in (TransferState.SUCCEEDED, TransferState.DECLINED):
                return stands
        reference = None if payment is None else str(payment["id"])
        return declined(failure.decline, reference, tender_of(failure.method) or tender)

    async def _first_of_key(self, transfer: Transfer) -> Outcome:
        """Another body came first under this key: this transfer's, before the configuration changed, or another's."""
        found = await self._look_up.stored(transfer)
        if found is None:
            return declined(KEY_REUSED)
        return UNKNOWN if isinstance(found, Failure) else await self._reading(transfer, found)

    def _asked_before(self, transfer: Transfer) -> bool:
        """Whether an earlier asking may have got through: the first one ends within the first lease."""
        return transfer.state is not TransferState.PLANNED or self._clock.now() - transfer.created_at >= LEASE


def _refuse_source(source: str) -> Decline | None:
    if not source:
        return _NO_SOURCE
    if holds_card_number(source):
        return _CARD_NUMBER
    return None if _SOURCE.match(source) else _NO_TOKEN
