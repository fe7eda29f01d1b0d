"""Asking Stripe once, whatever for: what is certain after a failure, and the method behind a source."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.payments.model import Outcome, Tender, Transfer, TransferState
from flint_domain.unit_of_work.ports import Clock
from flint_domain.unit_of_work.work import LEASE
from flint_server.processors.stripe import requests
from flint_server.processors.stripe.answers import UNKNOWN, declined, tender_of
from flint_server.processors.stripe.client import Answer, StripeLine
from flint_server.processors.stripe.errors import KEY_REUSED, Failure
from flint_server.processors.stripe.sources import TOKEN, refuse_source

AskedFor = TypeVar("AskedFor", bound=Transfer | Attach | Detach)

# The codes of what Stripe refuses because it stands otherwise than we thought.
_OVERTAKEN = frozenset({"payment_intent_unexpected_state", "setup_intent_unexpected_state"})


@dataclass(frozen=True, slots=True)
class Source:
    """A PaymentMethod of Stripe's, and all that Stripe said of it if it was made just now."""

    reference: str
    made: Answer | None = None


class Asking(ABC, Generic[AskedFor]):
    """What transfers and errands have in common at Stripe."""

    def __init__(self, line: StripeLine, clock: Clock) -> None:
        self._line = line
        self._clock = clock

    @abstractmethod
    async def stored(self, asked: AskedFor) -> Answer | Failure | None:
        """The object that it made or is about: None when Stripe has none, a Failure when that cannot be told."""

    @abstractmethod
    async def reading(self, asked: AskedFor, found: Answer, tender: Tender | None = None) -> Outcome:
        """What an object of Stripe's says of what it was made by or found for."""

    async def look(self, asked: AskedFor) -> Outcome:
        """How it stands at Stripe, by its reference or else by our ids on Stripe's objects.

        UNKNOWN when nothing is found: that it never arrived cannot be told from not having found it.
        """
        found = await self.stored(asked)
        return UNKNOWN if found is None or isinstance(found, Failure) else await self.reading(asked, found)

    async def method_of(self, source: str, asked: AskedFor) -> Source | Outcome:
        """The PaymentMethod to ask about, made of a token where one was given; or what came of trying that."""
        if decline := refuse_source(source):
            return declined(decline)
        if not source.startswith(TOKEN):
            return Source(source)
        body = requests.payment_method(source, asked)
        made = await self._line.ask(
            lambda client: client.v1.payment_methods.create(body, {"idempotency_key": f"{asked.key}:pm"})
        )
        if not isinstance(made, Failure):
            return Source(str(made["id"]), made)
        # This body depends on no configuration, so a reused key is another request's; nothing was charged.
        return declined(KEY_REUSED) if made.key_reused else await self.conclude(asked, made)

    async def conclude(self, asked: AskedFor, failure: Failure, tender: Tender | None = None) -> Outcome:
        """What a failure leaves certain."""
        if failure.decline is None:
            # Stripe keeps a 500 under the key like any answer, so that asking again only repeats it.
            return await self.look(asked) if failure.replayed else UNKNOWN
        if failure.key_reused:
            return await self._first_of_key(asked)
        if failure.ours and self._asked_before(asked):
            return UNKNOWN
        intent = failure.intent
        if intent is not None and failure.decline.code in _OVERTAKEN:
            stands = await self.reading(asked, intent, tender)
            if stands.state in (TransferState.SUCCEEDED, TransferState.DECLINED):
                return stands
        reference = None if intent is None else str(intent["id"])
        return declined(failure.decline, reference, tender_of(failure.method) or tender)

    async def _first_of_key(self, asked: AskedFor) -> Outcome:
        """Another body came first under this key: this one's, before the configuration changed, or another's."""
        found = await self.stored(asked)
        if found is None:
            return declined(KEY_REUSED)
        return UNKNOWN if isinstance(found, Failure) else await self.reading(asked, found)

    def _asked_before(self, asked: AskedFor) -> bool:
        """Whether an earlier asking may have got through: the first one ends within the first lease."""
        return asked.state is not TransferState.PLANNED or self._clock.now() - asked.created_at >= LEASE
