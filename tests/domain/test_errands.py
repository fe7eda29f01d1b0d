"""Every kind of errand is registered where it is settled and where it is performed, and nowhere else."""

from typing import Any, cast

from flint_domain.engine.parties import Parties
from flint_domain.order.payments.model import TransferKind
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
