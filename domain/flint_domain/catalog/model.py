"""Items, variants and stock, as frozen values."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Units of a tracked variant that an order holds: reserved until it is paid, and sold from then on."""

    variant_id: str
    quantity: Decimal
    sold: bool = False
