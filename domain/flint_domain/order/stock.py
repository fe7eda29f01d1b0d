"""What an order holds of stock."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What an order holds of a variant: units reserved until it is paid, and sold from then on.

    uncounted are those it took while nobody counted the variant: they came out of no stock, and go back into none.
    """

    variant_id: str
    reserved: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)
    uncounted: Decimal = Decimal(0)

    @property
    def counted(self) -> Decimal:
        """The units that came out of stock."""
        return self.reserved + self.sold
