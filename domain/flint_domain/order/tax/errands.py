"""What a tax service is told: errands, since no money moves."""

from dataclasses import dataclass
from typing import Literal

from flint_domain.order.payments.model import Errand
from flint_domain.order.tax.service import TaxStatement

TAX_COMMIT = "tax_commit"  # tells the service of a sale
TAX_REVERSAL = "tax_reversal"  # tells it what of a sale went back


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxReport(Errand):
    """A statement for the tax service, about an order. amount is the tax that it is about, in minor units."""

    kind: Literal["tax_commit", "tax_reversal"]
    order_id: str
    customer_id: None = None
    statement: TaxStatement
    amount: int
    currency: str
