"""What a document says beside the order's own words and amounts, and what drafting one needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flint_domain.invoices.model import Document, Means, Party
from flint_domain.invoices.taxation import Taxation
from flint_domain.kernel.facts import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """Everything that is frozen into a document and does not come from the order.

    net_days are the days for paying what is due (None: no day is set). delivered_on is the day of
    delivery, where it is one day for the whole document. memo is the merchant's
    own sentence below the totals.
    """

    seller: Party
    buyer: Party
    taxation: Taxation
    locale: str = "en"
    ship_to: Party | None = None
    delivered_on: date | None = None
    net_days: int | None = 14
    means: Means | None = None
    buyer_reference: str | None = None
    purchase_order: str | None = None
    memo: str | None = None


@dataclass(frozen=True, slots=True)
class Drafting:
    """What the documents of an order are drafted with: what they say, those it has so far, and new ids."""

    particulars: Particulars
    moment: Moment
    issued: Sequence[Document] = ()
