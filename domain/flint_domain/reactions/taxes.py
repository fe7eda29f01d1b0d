"""Which taxes an order starts with: by where it goes, and who buys."""

from flint_domain.customers.model import Customer
from flint_domain.kernel.addresses import Address
from flint_domain.order.tax.model import Tax, Taxes
from flint_domain.tax_rates import rules
from flint_domain.unit_of_work.ports import ReadTransaction


def taxes_for(tx: ReadTransaction, address: Address | None, customer: Customer | None) -> Taxes:
    """The taxes of now for an order to this address and customer.

    They are those of the jurisdictions that the address lies in. The merchant's default rate stands in for them where
    none has a rate for lines in general, and for an order without address.
    """
    if customer is not None and customer.tax_exempt:
        return Taxes(exempt=True)
    place = rules.place_of(address)
    rates = [] if place is None else rules.applying(tx.tax_rates_at(place.country, place.region), place, tx.now)
    categories = sorted({rate.category for rate in rates if rate.category is not None})
    return Taxes(
        default=rules.taxes_of(rates, None) or _default(tx),
        by_category={category: rules.taxes_of(rates, category) for category in categories},
    )


def _default(tx: ReadTransaction) -> tuple[Tax, ...]:
    rate = tx.default_tax_rate()
    return () if rate is None else (rate.as_tax(),)
