"""Every kind of errand is registered where it is settled and where it is performed, and nowhere else."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from flint_domain.customers.errands import Attach, of_method
from flint_domain.engine.parties import Parties
from flint_domain.order.payments.model import Outcome, TransferKind, TransferState
from flint_domain.settling import ERRANDS
from flint_domain.unit_of_work.ports import Processor, TaxService


class Anybody:
    """Stands for a processor and a tax service that nobody asks anything."""

    name = "anybody"

    def __getattr__(self, name: str) -> Any:
        return name


def test_every_kind_of_errand_that_is_settled_has_somebody_who_performs_it() -> None:
    anybody = Anybody()
    parties = Parties(cast("Processor", anybody), cast("TaxService", anybody))
    assert parties.kinds.keys() == ERRANDS.keys()


def test_no_errand_is_called_like_a_movement_of_money() -> None:
    assert not ERRANDS.keys() & {*TransferKind}


@pytest.mark.anyio
async def test_an_errand_is_asked_of_the_party_that_it_was_written_down_for() -> None:
    """A token of one processor means nothing to another, and may mean somebody else's card."""
    asked: list[str] = []

    class Vault(Anybody):
        async def attach(self, errand: Attach) -> Outcome:
            asked.append(errand.errand_id)
            return Outcome(state=TransferState.SUCCEEDED, reference="pm_1")

    at = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def attach(party: str) -> Attach:
        return Attach(
            errand_id=f"trf_of_{party}",
            merchant_id="mer_1",
            subject=of_method("pm_1"),
            customer_id="cus_1",
            source="tok_visa",
            processor=party,
            leased_until=at,
            created_at=at,
            updated_at=at,
        )

    parties = Parties(cast("Processor", Vault()), None)
    assert (await parties.perform(attach("somebody"))).state is TransferState.UNKNOWN
    assert (await parties.find(attach("somebody"))).state is TransferState.UNKNOWN
    assert (await parties.perform(attach("anybody"))).state is TransferState.SUCCEEDED
    assert asked == ["trf_of_anybody"]
