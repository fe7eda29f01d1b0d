"""Which taxes an order starts with: by where it goes, and who buys."""

from dataclasses import dataclass, field

from flint_domain.customers.model import Customer
from flint_domain.kernel.addresses import Address
from flint_domain.ports import ReadTransaction
from flint_domain.tax.model import Tax


@dataclass(frozen=True, slots=True)
class Taxes:
    """default is for lines of no category that has taxes of its own."""

    default: tuple[Tax, ...] = ()
    by_category: dict[str, tuple[Tax, ...]] = field(default_factory=dict[str, tuple[Tax, ...]])
    exempt: bool = False


def taxes_for(tx: ReadTransaction, address: Address | None, customer: Customer | None) -> Taxes:
    """The taxes of now for an order to this address and customer."""
    rate = tx.default_tax_rate()
    return Taxes(default=() if rate is None else (rate.as_tax(),))
