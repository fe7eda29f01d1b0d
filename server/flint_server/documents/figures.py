"""Amounts of minor units as the decimals of major units that files hold, and text that any file can hold."""

import re
from decimal import Decimal

from flint_domain.kernel.money import exponent

# Everything that XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets), and line ends of their own kind.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def major(amount: int | Decimal, currency: str) -> Decimal:
    """13824 USD as 138.24, with the currency's own decimals or, of a price, as many as it has."""
    return Decimal(amount).scaleb(-exponent(currency))


def plain(text: str) -> str:
    """The text without what no file can hold, for which the replacement character stands."""
    return _UNFIT.sub("\ufffd", text)
