"""Amounts as Stripe wants them: its own list of decimal places, its smallest and its largest charge.

Every rule and number here is from https://docs.stripe.com/currencies (read in November 2026). Outside this file an
amount is always in ISO 4217 minor units.
"""

from collections.abc import Callable
from decimal import Decimal

from flint_domain.kernel.money import exponent, format_money
from flint_domain.order.payments.model import Decline, Transfer, TransferKind

_ZERO = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
ZERO_DECIMAL = frozenset(_ZERO.split())
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})  # sent with a last digit of 0
# ISK and UGX lost their decimals in ISO 4217; Stripe still takes them with two, always 00. They need no list of their
# own here, since everything unlisted has two.
LARGEST = 999_999_999_999  # in Stripe's units: twelve digits, the most that any card network takes

# In major units. Stripe holds a charge to the minimum of the currency it is paid out in; these are the minimums of
# charges that need no conversion. A currency that is not listed is left to Stripe.
MINIMUMS = {
    currency: Decimal(amount)
    for amount, currencies in {
        "0.30": "GBP",
        "0.50": "ARS AUD BRL CAD CHF COP EUR IDR ILS INR NZD PHP RUB SGD USD ZAR",
        "2.00": "AED MYR PLN RON",
        "2.50": "DKK",
        "3.00": "NOK SEK",
        "4.00": "HKD",
        "10": "MXN THB",
        "15.00": "CZK",
        "50": "JPY KRW",
        "175.00": "HUF",
    }.items()
    for currency in currencies.split()
}


def stripe_exponent(currency: str) -> int:
    """How many decimal places of this currency Stripe's amounts have."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def to_stripe(amount: int, currency: str) -> int:
    """Minor units of ISO 4217 as Stripe's amount. Raises ValueError for what Stripe cannot hold exactly."""
    factor = Decimal(10) ** (stripe_exponent(currency) - exponent(currency))
    exact = amount * factor
    if exact != int(exact):
        raise ValueError(f"Stripe cannot hold {format_money(amount, currency)} exactly")
    return int(exact)


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's amount as minor units of ISO 4217."""
    return int(amount * Decimal(10) ** (exponent(currency) - stripe_exponent(currency)))


def refuse_amount(transfer: Transfer) -> Decline | None:
    """Why Stripe cannot move this amount at all: said before it is asked. A void moves none, and is never
    refused."""
    if transfer.kind is TransferKind.VOID:
        return None
    for reason in _REASONS:
        if decline := reason(transfer):
            return decline
    return None


def _not_positive(transfer: Transfer) -> Decline | None:
    if transfer.amount >= 1:
        return None
    return Decline(
        code="parameter_invalid_integer",
        message=f"The amount must be at least 1 minor unit, and it is {transfer.amount}.",
    )


def _no_currency(transfer: Transfer) -> Decline | None:
    """Stripe lists no currency of three decimals but its five, and none of four."""
    try:
        places = exponent(transfer.currency)
    except ValueError:
        return Decline(code="invalid_request_error", message="The currency must be an ISO 4217 code, such as USD.")
    if places <= stripe_exponent(transfer.currency) or transfer.currency in ZERO_DECIMAL:
        return None
    return Decline(code="currency_not_supported", message=f"Stripe takes no payments in {transfer.currency}.")


def _too_fine(transfer: Transfer) -> Decline | None:
    """Three-decimal amounts must end in 0; MGA has hundredths in ISO 4217 and none at Stripe."""
    amount, currency = transfer.amount, transfer.currency
    step = 10 if currency in THREE_DECIMAL else 10 ** max(0, exponent(currency) - stripe_exponent(currency))
    if amount % step == 0:
        return None
    below = amount - amount % step
    return Decline(
        code="invalid_charge_amount",
        message=f"Stripe moves {currency} only in steps of {format_money(step, currency)}, and this is "
        f"{format_money(amount, currency)}. Make it {format_money(below, currency)} or "
        f"{format_money(below + step, currency)}.",
    )


def _too_large(transfer: Transfer) -> Decline | None:
    if to_stripe(transfer.amount, transfer.currency) <= LARGEST:
        return None
    most = format_money(from_stripe(LARGEST, transfer.currency), transfer.currency)
    return Decline(code="amount_too_large", message=f"Stripe moves at most {most} at once.")


def _too_small(transfer: Transfer) -> Decline | None:
    if transfer.kind not in (TransferKind.CHARGE, TransferKind.AUTHORIZE):
        return None
    least = MINIMUMS.get(transfer.currency)
    if least is None or Decimal(transfer.amount).scaleb(-exponent(transfer.currency)) >= least:
        return None
    return Decline(
        code="amount_too_small",
        message=f"Stripe charges at least {least} {transfer.currency} at once, and this is "
        f"{format_money(transfer.amount, transfer.currency)}. Nothing was charged; collect it in another way, or "
        "together with something else.",
    )


_REASONS: tuple[Callable[[Transfer], Decline | None], ...] = (
    _not_positive,
    _no_currency,
    _too_fine,
    _too_large,
    _too_small,
)
