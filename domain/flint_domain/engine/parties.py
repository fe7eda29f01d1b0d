"""Who performs what was written down: the processor moves money, and every kind of errand has its port."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flint_domain.customers.errands import ATTACH, DETACH, Attach, Detach
from flint_domain.order.payments.model import Asked, Errand, Outcome, Transfer, TransferState
from flint_domain.order.tax.errands import TAX_COMMIT, TAX_REVERSAL, TaxReport
from flint_domain.unit_of_work.ports import Processor, TaxService

logger = logging.getLogger(__name__)

AnErrand = TypeVar("AnErrand", bound=Errand)

Question = Callable[[Errand], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Party:
    """Who is sent on an errand. perform asks under the errand's key, find only looks how it stands."""

    name: str
    perform: Question
    find: Question


class Parties:
    """Finds the port for each transfer and errand: one table, by the kind that is stored (see settling.ERRANDS)."""

    def __init__(self, processor: Processor, taxes: TaxService | None) -> None:
        self._processor = processor
        saves = Party(processor.name, _for(Attach, processor.attach), _for(Attach, processor.find_method))
        forgets = Party(processor.name, _for(Detach, processor.detach), _for(Detach, processor.find_method))
        self._errands: dict[str, Party] = {ATTACH: saves, DETACH: forgets}
        if taxes is not None:  # telling it again is safe at any time, so it is never only looked up
            told = Party(taxes.name, _for(TaxReport, taxes.perform), _for(TaxReport, taxes.perform))
            self._errands |= {TAX_COMMIT: told, TAX_REVERSAL: told}

    @property
    def kinds(self) -> Mapping[str, Party]:
        """The errands that somebody performs here, by their kind."""
        return self._errands

    def perform(self, asked: Asked) -> Awaitable[Outcome]:
        """Ask for it under its key. UNKNOWN where nobody here performs it."""
        if isinstance(asked, Transfer):
            return self._processor.perform(asked)
        return self._party_of(asked).perform(asked)

    def find(self, asked: Asked) -> Awaitable[Outcome]:
        """How it stands, without asking for it anew where that would not be safe."""
        if isinstance(asked, Transfer):
            return self._processor.find(asked)
        return self._party_of(asked).find(asked)

    def _party_of(self, errand: Errand) -> Party:
        party = self._errands.get(errand.kind)
        return party if party is not None and party.name == errand.processor else _NOBODY


async def _unknown(errand: Errand) -> Outcome:
    logger.error("errand %s: is for %s, which is not set up", errand.errand_id, errand.processor)
    return Outcome(state=TransferState.UNKNOWN)


_NOBODY = Party("nobody", _unknown, _unknown)


def _for(model: type[AnErrand], ask: Callable[[AnErrand], Awaitable[Outcome]]) -> Question:
    """A port's method for one model of errand, where any errand of its kind is given."""

    def question(errand: Errand) -> Awaitable[Outcome]:
        assert isinstance(errand, model), f"an errand of kind {errand.kind} is a {model.__name__}"
        return ask(errand)

    return question
