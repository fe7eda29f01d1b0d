"""What a caller's words for an order mean: items, rates, the customer, the taxes of a place."""

from dataclasses import replace

from flint_domain.kernel.errors import Refused
from flint_domain.order.input_values import Inputs
from flint_domain.order.inputs import OrderUpdate
from flint_domain.order.model import Order
from flint_domain.order.tax.model import Tax, Taxes
from flint_domain.reactions.catalog.line_lookup import sold
from flint_domain.reactions.catalog.lookup import written_otherwise
from flint_domain.reactions.customers import customer_of
from flint_domain.reactions.taxes import taxes_for
from flint_domain.tax_rates.rules import place_of
from flint_domain.unit_of_work.work import Work, not_found


def tax_of(work: Work, tax_rate_id: str) -> Tax:
    """An active tax rate as a line copies it.

    Raises Refused: "not_found", or "tax_rate_inactive".
    """
    rate = work.tx.tax_rate(tax_rate_id)
    if rate is None:
        raise not_found("tax rate", tax_rate_id, "taxRateIds", "list_tax_rates shows the rates")
    if not rate.active:
        raise Refused(
            "tax_rate_inactive",
            f"{tax_rate_id} is switched off.",
            hint="leave taxRateIds out to tax it like the order; list_tax_rates shows which rates are active",
            param="taxRateIds",
        )
    return rate.as_tax()


def inputs_of(work: Work, currency: str) -> Inputs:
    """What turns a caller's lines and charges into values of an order in this currency."""
    return Inputs(
        currency=currency,
        tax=lambda rate: tax_of(work, rate),
        sold=lambda name: sold(work.tx, name),
        near=lambda name: written_otherwise(work.tx, name),
        moment=work.moment,
    )


def with_customer(work: Work, update: OrderUpdate) -> OrderUpdate:
    """The update with Flint's own id in place of a reference that it knows, or of one that was merged away."""
    customer = customer_of(work.tx, update.customer_id or None)
    return update if customer is None else replace(update, customer_id=customer.customer_id)


def taxes_after(work: Work, order: Order, update: OrderUpdate) -> Taxes | None:
    """The taxes that a new address or another customer chooses.

    None while the order goes to the same place and its buyer is taxed alike: it keeps the rates that it was priced
    with, whatever has become of them since.
    """
    exempt = order.tax_exempt
    if update.customer_id is not None:
        customer = customer_of(work.tx, update.customer_id or None)
        exempt = customer is not None and customer.tax_exempt
    address = update.addressed(order.shipping_address)
    if exempt == order.tax_exempt and place_of(address) == place_of(order.shipping_address):
        return None
    return Taxes(exempt=True) if exempt else taxes_for(work.tx, address, None)
