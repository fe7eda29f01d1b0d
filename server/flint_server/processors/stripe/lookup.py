"""Finding what a transfer or an errand made at Stripe, by its reference or by our ids on Stripe's objects."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from flint_domain.customers.errands import Attach, Detach
from flint_domain.engine.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.order.payments.model import Transfer, TransferKind
from flint_domain.unit_of_work.ports import Clock
from flint_server.processors.stripe.answers import is_of
from flint_server.processors.stripe.client import Answer, StripeLine
from flint_server.processors.stripe.errors import Failure

if TYPE_CHECKING:
    from stripe import StripeClient, StripeObject
    from stripe.params import PaymentIntentListParams, RefundListParams, SetupIntentListParams

_LOG = logging.getLogger(__name__)

SEARCHABLE_AFTER = timedelta(hours=1)  # search runs up to an hour behind; lists do not, but know no metadata
CLOCKS_APART = timedelta(hours=1)  # how far Stripe's clock and ours may differ when looking around a time
SETUP = "seti_"  # how the ids of SetupIntents begin
MOST_PAGES = 20  # of 100 objects each, before a look-up gives up and says so

Page = Callable[["StripeClient", str | None], "StripeObject"]


class StripeLookUp:
    """Every answer is the object, None when Stripe has none, or a Failure when that cannot be told."""

    def __init__(self, line: StripeLine, clock: Clock) -> None:
        self._line = line
        self._clock = clock

    async def stored(self, transfer: Transfer) -> Answer | Failure | None:
        """The object that a transfer made or is about: a PaymentIntent, or a refund's Refund."""
        reference = transfer.reference
        match transfer.kind:
            case TransferKind.CAPTURE | TransferKind.VOID:
                reference = transfer.payment_reference
                return None if reference is None else await self._payment(reference)
            case TransferKind.REFUND if reference is not None:
                return await self._line.ask(lambda client: client.v1.refunds.retrieve(reference))
            case TransferKind.REFUND:
                return await self._refund_by_ids(transfer)
            case _:
                return await (self._payment(reference) if reference is not None else self._payment_by_ids(transfer))

    async def method(self, errand: Attach | Detach) -> Answer | Failure | None:
        """What an errand for a payment method made or is about: a SetupIntent, or the PaymentMethod that it saved."""
        if isinstance(errand, Detach):
            return await self._saved(errand.method_reference)
        reference = errand.reference
        if reference is not None and reference.startswith(SETUP):
            return await self._saved(reference)
        return await self._setup_by_ids(errand)

    async def _payment(self, reference: str) -> Answer | Failure:
        return await self._line.ask(
            lambda client: client.v1.payment_intents.retrieve(reference, {"expand": ["payment_method"]})
        )

    async def _saved(self, reference: str) -> Answer | Failure:
        """A SetupIntent with its method, or the PaymentMethod that it saved."""

        def retrieve(client: "StripeClient") -> "StripeObject":
            if reference.startswith(SETUP):
                return client.v1.setup_intents.retrieve(reference, {"expand": ["payment_method"]})
            return client.v1.payment_methods.retrieve(reference)

        return await self._line.ask(retrieve)

    async def _setup_by_ids(self, errand: Attach) -> Answer | Failure | None:
        first, last = _around(errand)
        body: SetupIntentListParams = {
            "created": {"gte": first, "lte": last},
            "limit": 100,
            "expand": ["data.payment_method"],
        }
        if errand.customer_reference is not None:
            body["customer"] = errand.customer_reference

        def page(client: "StripeClient", after: str | None) -> "StripeObject":
            return client.v1.setup_intents.list({**body, "starting_after": after} if after else body)

        return await self._in_pages(errand, page)

    async def _payment_by_ids(self, transfer: Transfer) -> Answer | Failure | None:
        if self._clock.now() - transfer.created_at >= SEARCHABLE_AFTER:
            query = f'metadata["transfer_id"]:"{transfer.transfer_id}"'
            found = await self._line.ask(
                lambda client: client.v1.payment_intents.search({"query": query, "expand": ["data.payment_method"]})
            )
            # Accounts in India cannot search; theirs are looked for in the list as well.
            if not isinstance(found, Failure):
                for payment in found["data"]:
                    if is_of(transfer, payment):
                        return payment
        first, last = _around(transfer)
        body: PaymentIntentListParams = {
            "created": {"gte": first, "lte": last},
            "limit": 100,
            "expand": ["data.payment_method"],
        }

        def page(client: "StripeClient", after: str | None) -> "StripeObject":
            return client.v1.payment_intents.list({**body, "starting_after": after} if after else body)

        return await self._in_pages(transfer, page)

    async def _refund_by_ids(self, transfer: Transfer) -> Answer | Failure | None:
        payment = transfer.payment_reference
        if payment is None:
            return None
        body: RefundListParams = {"payment_intent": payment, "limit": 100}

        def page(client: "StripeClient", after: str | None) -> "StripeObject":
            return client.v1.refunds.list({**body, "starting_after": after} if after else body)

        return await self._in_pages(transfer, page)

    async def _in_pages(self, asked: Transfer | Attach, page: Page) -> Answer | Failure | None:
        after: str | None = None
        for _ in range(MOST_PAGES):
            listed = await self._line.ask(lambda client, after=after: page(client, after))
            if isinstance(listed, Failure):
                return listed
            for item in listed["data"]:
                if is_of(asked, item):
                    return item
            if not listed["has_more"]:
                return None
            after = str(listed["data"][-1]["id"])
        _LOG.error("transfer %s: not among the first %s pages at Stripe", asked.asked_id, MOST_PAGES)
        return Failure()


def _around(asked: Transfer | Attach) -> tuple[int, int]:
    """The first and the last second, since 1970, in which what was asked for can have been made."""
    latest = asked.created_at + KEY_FORGOTTEN_AFTER + CLOCKS_APART
    return int((asked.created_at - CLOCKS_APART).timestamp()), int(latest.timestamp())
