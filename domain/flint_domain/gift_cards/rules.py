"""Whether a gift card or store credit can be spent, and why not."""

from datetime import datetime

from flint_domain.gift_cards.model import Account
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import format_money
from flint_domain.order.payments.model import Decline, Transfer

INSUFFICIENT = "insufficient_balance"  # the decline of an account that holds less than it was to pay


def unusable(account: Account, now: datetime) -> str | None:
    """Why nothing can be paid with it or put on it now, as the end of a sentence about it."""
    if not account.active:
        return "is switched off"
    if account.expires_at is not None and account.expired(now):
        return f"expired on {account.expires_at:%Y-%m-%d %H:%M UTC}"
    return None


def require_usable(account: Account, now: datetime, param: str) -> None:
    """Raise Refused("credit_inactive") for an account that is switched off or has expired."""
    reason = unusable(account, now)
    if reason is not None:
        raise Refused(
            "credit_inactive",
            f"The {account} {reason}.",
            hint="name another one; only the merchant decides whether it is used again (adjust_gift_card)",
            param=param,
        )


def declined(account: Account, amount: int, currency: str, now: datetime) -> Decline | None:
    """Why the account pays nothing here, whatever it holds: a definite no that moves on to the next source."""
    reason = unusable(account, now)
    if reason is not None:
        return _no("inactive_account" if not account.active else "expired_account", f"{account} {reason}")
    if account.currency != currency:
        return _no(
            "currency_mismatch",
            f"{account} is in {account.currency}, and cannot pay {format_money(amount, currency)}",
        )
    return None


def insufficient(account: Account, amount: int) -> Decline:
    """The answer to an amount (minor units) that the balance does not cover, with what it could pay."""
    holds, wanted = format_money(account.balance, account.currency), format_money(amount, account.currency)
    what_now = f"; tenders can pay {holds} with it and the rest otherwise" if account.balance else ""
    return _no(INSUFFICIENT, f"{account} holds {holds}, less than {wanted}{what_now}")


def nothing_held(account: Account) -> Decline:
    """The answer to capturing or releasing more than is set aside."""
    return _no("nothing_held", f"{account} has less set aside for this payment")


def cannot_take(account: Account, transfer: Transfer) -> Decline:
    """The answer to giving back what the account cannot hold."""
    money = format_money(transfer.amount, transfer.currency)
    return _no("cannot_take", f"{account}, in {account.currency}, cannot take {money}")


def _no(code: str, message: str) -> Decline:
    return Decline(code="credit_declined", decline_code=code, message=message)
