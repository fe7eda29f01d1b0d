"""What is said of a name that models send from other systems, and where: what the tables are made of."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said where a place takes all of `where`: the argument that is meant, or a hint in words."""

    where: str
    meant: str = ""
    hint: str = ""

    def fits(self, known: Iterable[str]) -> bool:
        return set(self.where.split()) <= set(known)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Names that are sent for one thing, as they are compared (small letters and digits), and what is said of them: the
    first answer that fits the place."""

    sent: str
    answers: tuple[Answer, ...]


def is_argument(argument: str, where: str = "") -> Answer:
    return Answer(where or argument, meant=argument)


def says(where: str, hint: str) -> Answer:
    return Answer(where, hint=hint)


# Places, by what they take.
LINE = "unitPriceMoney quantity"
COUPON = "discountMoney percent"
REFUND = "amountMoney lines refundTo"
STOCK = "change count"
UNITS = "lineItemId quantity"
NEW_ORDER = "lineItems reference"
RETURN = "lines restock paymentSourceToken"

# Hints that several tables give.
COUNTS = "change adds units or takes them away, count sets what was counted"
PER_VARIANT = "it stands in each of variants: sku, options, priceMoney, stock"
