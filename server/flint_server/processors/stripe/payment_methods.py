"""Payment methods at Stripe: saved for their customer, and forgotten (https://docs.stripe.com/payments/setup-intents)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from flint_domain.customers.errands import Attach, Detach
from flint_domain.engine.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.order.payments.model import Outcome, Tender, TransferState
from flint_domain.unit_of_work.ports import Clock
from flint_server.processors.stripe import requests
from flint_server.processors.stripe.answers import (
    ABANDONED,
    UNKNOWN,
    declined,
    of_detach,
    of_setup,
    saved_tender_of,
)
from flint_server.processors.stripe.asking import Asking
from flint_server.processors.stripe.client import Answer, StripeLine
from flint_server.processors.stripe.errors import KEY_REUSED, Failure
from flint_server.processors.stripe.lookup import SETUP, StripeLookUp

if TYPE_CHECKING:
    from stripe import RequestOptions


class StripeMethods(Asking[Attach | Detach]):
    """flint_domain.customers.ports.PaymentMethods over Stripe's API.

    return_url is where the buyer comes back to from the bank's page.
    """

    def __init__(self, line: StripeLine, clock: Clock, return_url: str | None) -> None:
        super().__init__(line, clock)
        self._look_up = StripeLookUp(line, clock)
        self._return_url = return_url

    async def attach(self, errand: Attach) -> Outcome:
        """Save a method for the customer, who is made at Stripe with their first one."""
        if self._clock.now() - errand.created_at >= KEY_FORGOTTEN_AFTER:
            return await self.look(errand)
        source = await self.method_of(errand.source, errand)
        if isinstance(source, Outcome):
            return source
        customer = errand.customer_reference
        if customer is None:
            made = await self._line.ask(
                lambda client: client.v1.customers.create(
                    requests.customer(errand), {"idempotency_key": requests.customer_key(errand)}
                )
            )
            if isinstance(made, Failure):
                return declined(KEY_REUSED) if made.key_reused else await self.conclude(errand, made)
            customer = str(made["id"])
        answer = await self._line.ask(
            lambda client: client.v1.setup_intents.create(
                requests.setup_intent(errand, source.reference, customer, self._return_url),
                {"idempotency_key": errand.key},
            )
        )
        tender = saved_tender_of(source.made)
        if isinstance(answer, Failure):
            outcome = await self.conclude(errand, answer, tender)
        else:
            outcome = await self.reading(errand, answer, tender)
        return replace(outcome, customer_reference=customer)

    async def detach(self, errand: Detach) -> Outcome:
        """Forget a method; one that still waits for its buyer is called off, unless they were quicker."""
        if self._clock.now() - errand.created_at >= KEY_FORGOTTEN_AFTER:
            return await self.look(errand)
        reference, key = errand.method_reference, errand.key
        if reference.startswith(SETUP):
            called_off = await self._line.ask(
                lambda client: client.v1.setup_intents.cancel(reference, {}, {"idempotency_key": key})
            )
            if not isinstance(called_off, Failure):
                return of_detach(called_off)
            setup = await self.stored(errand)
            if setup is None or isinstance(setup, Failure) or called_off.decline is None:
                return await self.conclude(errand, called_off)
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
            stands = await self.look(errand)
            if stands.state is TransferState.SUCCEEDED:
                return stands
        return await self.conclude(errand, answer)

    async def stored(self, asked: Attach | Detach) -> Answer | Failure | None:
        return await self._look_up.method(asked)

    async def reading(self, asked: Attach | Detach, found: Answer, tender: Tender | None = None) -> Outcome:
        if isinstance(asked, Detach):
            return of_detach(found)
        outcome = of_setup(found, tender)
        if outcome.state is TransferState.REQUIRES_ACTION and outcome.action_url is None:
            return await self._call_off(asked, found, outcome.tender)
        return outcome

    async def _call_off(self, errand: Attach, waiting: Answer, tender: Tender | None) -> Outcome:
        """Cancel what waits for a buyer who cannot be sent anywhere, so that it never saves later."""
        reference = str(waiting["id"])
        key: RequestOptions = {"idempotency_key": f"{errand.key}:cancel"}
        answer = await self._line.ask(
            lambda client: client.v1.setup_intents.cancel(reference, {"cancellation_reason": ABANDONED}, key)
        )
        stands = answer.intent if isinstance(answer, Failure) else answer
        if stands is None:
            return UNKNOWN
        outcome = of_setup(stands, tender)
        return UNKNOWN if outcome.state is TransferState.REQUIRES_ACTION else outcome
