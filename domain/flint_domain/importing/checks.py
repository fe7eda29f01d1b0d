"""What speaks against a record of the past: times that cannot be, and money that does not add up."""

from datetime import datetime

from flint_domain.importing.model import OrderRecord
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import format_money
from flint_domain.orders.inputs import amount_in
from flint_domain.orders.lifecycle import Standing

MAX_PAYMENTS = 50  # of one order, and as many refunds; more than anybody made by hand


def check_dates(record: OrderRecord, now: datetime) -> None:
    """Refuse what lies in the future, came before the order, or excludes each other."""
    paid = [(payment.at, "payments") for payment in record.payments]
    back = [(refund.at, "refunds") for refund in record.refunds]
    later = [
        (record.fulfilled_at, "fulfilledAt"),
        (record.delivered_at, "deliveredAt"),
        (record.canceled_at, "canceledAt"),
        (record.closed_at, "closedAt"),
    ]
    for at, param in ((record.created_at, "createdAt"), *later, *paid, *back):
        if at is not None and at > now:
            raise wrong(f"{day(at)} has not come yet.", "give the time at which it happened", param)
    for at, param in later:
        if at is not None and at < record.created_at:
            raise wrong(
                f"{day(at)} is before the order was made, {day(record.created_at)}.",
                "give the time at which it happened",
                param,
            )
    if record.delivered_at is not None and record.fulfilled_at is None:
        raise wrong("Delivered, and never handed over.", "give fulfilledAt, too", "fulfilledAt")
    if record.canceled_at is not None and record.closed_at is not None:
        raise wrong("An order ends once.", "give canceledAt or closedAt", "closedAt")
    for count, param in ((len(record.payments), "payments"), (len(record.refunds), "refunds")):
        if count > MAX_PAYMENTS:
            raise wrong(f"An order has at most {MAX_PAYMENTS} {param}; this one has {count}.", "sum them up", param)


def check_expected(record: OrderRecord, found: Standing) -> None:
    """Refuse an order that comes to something else than the record says."""
    if record.total is None:
        return
    expected, currency = amount_in(found.order.currency, record.total, "totalMoney"), found.order.currency
    if found.priced.total != expected:
        raise Refused(
            "amount_changed",
            f"The order comes to {format_money(found.priced.total, currency)}, not {format_money(expected, currency)}.",
            hint="compare quantities, prices, discounts, taxes and charges with the original; taxes are rounded once "
            "per rate",
            param="totalMoney",
        )


def check_paid(found: Standing) -> None:
    """Refuse money that was paid too much and never went back."""
    if found.money.overpaid > 0:
        currency = found.order.currency
        raise Refused(
            "amount_too_high",
            f"{format_money(found.money.paid, currency)} was paid for {format_money(found.priced.total, currency)}, "
            f"and {format_money(found.money.overpaid, currency)} of it never went back.",
            hint="correct the payments, or add the refund of what was paid too much",
            param="payments",
        )


def day(at: datetime) -> str:
    """A time as messages show it, to the minute."""
    return f"{at:%Y-%m-%d %H:%M}"


def wrong(message: str, hint: str, param: str) -> Refused:
    """The refusal for a record that cannot be."""
    return Refused("invalid_argument", message, hint=hint, param=param)
