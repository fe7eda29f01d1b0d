"""Stripe as a processor: real money, or a test account's.

Every movement is asked for under the transfer's own key, and every object carries our ids, so that whatever dies in
between is asked again or found again, and never charged twice. Stripe's library is imported with the first call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flint_domain.engine.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.order.payments.model import Decline, Outcome, Tender, Transfer, TransferKind, TransferState
from flint_domain.unit_of_work.ports import Clock, Notice
from flint_domain.unit_of_work.work import LEASE
from flint_server.processors.names import LIVE, TEST
from flint_server.processors.stripe import requests
from flint_server.processors.stripe.answers import (
    ABANDONED,
    UNKNOWN,
    StripeDispute,
    declined,
    dispute_of,
    of_capture,
    of_detach,
    of_payment,
    of_refund,
    of_setup,
    of_void,
    saved_tender_of,
    tender_of,
)
from flint_server.processors.stripe.client import Answer, StripeLine
from flint_server.processors.stripe.errors import KEY_REUSED, Failure
from flint_server.processors.stripe.keys import StripeKey
from flint_server.processors.stripe.lookup import SETUP, StripeLookUp
from flint_server.processors.stripe.money import refuse_amount
from flint_server.processors.stripe.sources import TOKEN, refuse_source

if TYPE_CHECKING:
    from stripe import HTTPClient, RequestOptions, StripeClient, StripeObject

_NO_PAYMENT = Decline(code="resource_missing", message="Flint has no reference of this payment at Stripe.")

# The codes of what Stripe refuses because it stands otherwise than we thought.
_OVERTAKEN = frozenset({"payment_intent_unexpected_state", "setup_intent_unexpected_state"})


class StripeUnreadable(Exception):
    """Something could not be read from Stripe; the message says why."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A PaymentMethod of Stripe's, and all that Stripe said of it if it was made just now."""

    reference: str
    made: Answer | None = None


class StripeProcessor:
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
        if transfer.kind is TransferKind.ATTACH:
            return await self._attach(transfer)
        if transfer.payment_reference is None:
            return declined(_NO_PAYMENT)
        if transfer.kind is TransferKind.DETACH:
            return await self._detach(transfer, transfer.payment_reference)
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
        source = await self._source_of(transfer)
        if isinstance(source, Outcome):
            return source
        answer = await self._line.ask(
            lambda client: client.v1.payment_intents.create(
                requests.payment_intent(transfer, source.reference, self._return_url),
                {"idempotency_key": transfer.key},
            )
        )
        if isinstance(answer, Failure):
            return await self._conclude(transfer, answer, tender_of(source.made))
        return await self._reading(transfer, answer, tender_of(source.made))

    async def _source_of(self, transfer: Transfer) -> "_Source | Outcome":
        """The PaymentMethod to ask about, made of a token where one was given; or what came of trying that."""
        source = transfer.source or ""
        if decline := refuse_source(source):
            return declined(decline)
        if not source.startswith(TOKEN):
            return _Source(source)
        made = await self._line.ask(
            lambda client: client.v1.payment_methods.create(
                requests.payment_method(transfer), {"idempotency_key": f"{transfer.key}:pm"}
            )
        )
        if isinstance(made, Failure):
            # This body depends on no configuration, so a reused key is another request's; nothing was charged.
            return declined(KEY_REUSED) if made.key_reused else await self._conclude(transfer, made)
        return _Source(str(made["id"]), made)

    async def _attach(self, transfer: Transfer) -> Outcome:
        """Save a method for the customer, who is made at Stripe with their first one."""
        source = await self._source_of(transfer)
        if isinstance(source, Outcome):
            return source
        customer = transfer.customer_reference
        if customer is None:
            made = await self._line.ask(
                lambda client: client.v1.customers.create(
                    requests.customer(transfer), {"idempotency_key": requests.customer_key(transfer)}
                )
            )
            if isinstance(made, Failure):
                return declined(KEY_REUSED) if made.key_reused else await self._conclude(transfer, made)
            customer = str(made["id"])
        answer = await self._line.ask(
            lambda client: client.v1.setup_intents.create(
                requests.setup_intent(transfer, source.reference, customer, self._return_url),
                {"idempotency_key": transfer.key},
            )
        )
        tender = saved_tender_of(source.made)
        if isinstance(answer, Failure):
            outcome = await self._conclude(transfer, answer, tender)
        else:
            outcome = await self._reading(transfer, answer, tender)
        return replace(outcome, customer_reference=customer)

    async def _detach(self, transfer: Transfer, reference: str) -> Outcome:
        """Forget a method; one that still waits for its buyer is called off, unless they were quicker."""
        key = transfer.key
        if reference.startswith(SETUP):
            called_off = await self._line.ask(
                lambda client: client.v1.setup_intents.cancel(reference, {}, {"idempotency_key": key})
            )
            if not isinstance(called_off, Failure):
                return of_detach(called_off)
            setup = await self._look_up.stored(transfer)
            if setup is None or isinstance(setup, Failure) or called_off.decline is None:
                return await self._conclude(transfer, called_off)
            saved = of_setup(setup)
            if saved.state is not TransferState.SUCCEEDED or saved.reference is None:
                return of_detach(setup)
            reference, key = saved.reference, f"{key}:saved"
        answer = await self._line.ask(
            lambda client: client.v1.payment_methods.detach(reference, {}, {"idempotency_key": key})
        )
        if not isinstance(answer, Failure):
            return of_detach(answer)
        if answer.decline is not None and not answer.ours:  # Stripe refuses what was detached before
            stands = await self.find(transfer)
            if stands.state is TransferState.SUCCEEDED:
                return stands
        return await self._conclude(transfer, answer)

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
            case TransferKind.DETACH:
                return of_detach(found)
            case TransferKind.ATTACH:
                outcome = of_setup(found, tender)
            case _:
                outcome = of_payment(found, transfer.kind, tender)
        if outcome.state is TransferState.REQUIRES_ACTION and outcome.action_url is None:
            return await self._call_off(transfer, found, outcome.tender)
        return outcome

    async def _call_off(self, transfer: Transfer, waiting: Answer, tender: Tender | None) -> Outcome:
        """Cancel what waits for a buyer who cannot be sent anywhere, so that it never charges or saves later."""
        reference, attach = str(waiting["id"]), transfer.kind is TransferKind.ATTACH

        def cancel(client: "StripeClient") -> "StripeObject":
            key: RequestOptions = {"idempotency_key": f"{transfer.key}:cancel"}
            if attach:
                return client.v1.setup_intents.cancel(reference, {"cancellation_reason": ABANDONED}, key)
            return client.v1.payment_intents.cancel(reference, {"cancellation_reason": ABANDONED}, key)

        answer = await self._line.ask(cancel)
        stands = answer.intent if isinstance(answer, Failure) else answer
        if stands is None:
            return UNKNOWN
        outcome = of_setup(stands, tender) if attach else of_payment(stands, transfer.kind, tender)
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
        intent = failure.intent
        if intent is not None and failure.decline.code in _OVERTAKEN:
            stands = await self._reading(transfer, intent, tender)
            if stands.state in (TransferState.SUCCEEDED, TransferState.DECLINED):
                return stands
        reference = None if intent is None else str(intent["id"])
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
