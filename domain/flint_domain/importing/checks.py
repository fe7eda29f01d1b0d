"""What speaks against a record of the past: times that cannot be, and money that does not add up."""

from datetime import datetime

from flint_domain.importing.model import OrderRecord
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import format_money
from flint_domain.order.inputs import amount_in
from flint_domain.order.lifecycle import Standing

_WHEN = "give the time at which it happened"
MAX_PAYMENTS = 50  # of one order, and as many refunds; more than anybody made by hand


def faults_of_dates(record: OrderRecord, now: datetime) -> list[Refused]:
    """Everything that cannot be about the record's times and counts: what lies in the future, what came before that
    which it needs, what excludes each other.

    Nothing is before the order. Goods arrive after they were sent, money goes back after it was paid (see
    rules.imported for a refund that names no payment), and nothing is sent once the order was canceled.
    """
    paid = [(payment.at, f"payments.{place}.createdAt") for place, payment in enumerate(record.payments)]
    back = [(refund.at, f"refunds.{place}.createdAt") for place, refund in enumerate(record.refunds)]
    later = [
        (record.fulfilled_at, "fulfilledAt"),
        (record.delivered_at, "deliveredAt"),
        (record.canceled_at, "canceledAt"),
        (record.closed_at, "closedAt"),
        *paid,
        *back,
    ]
    faults = [
        wrong(f"{day(at)} has not come yet.", _WHEN, param)
        for at, param in ((record.created_at, "createdAt"), *later)
        if at is not None and at > now
    ]
    faults += [
        wrong(f"{day(at)} is before the order was made, {day(record.created_at)}.", _WHEN, param)
        for at, param in later
        if at is not None and at < record.created_at
    ]
    sent, arrived, canceled = record.fulfilled_at, record.delivered_at, record.canceled_at
    if arrived is not None and sent is None:
        faults.append(wrong("Delivered, and never handed over.", "give fulfilledAt, too", "fulfilledAt"))
    elif arrived is not None and sent is not None and record.created_at <= arrived < sent:
        faults.append(wrong(f"{day(arrived)} is before it was handed over, {day(sent)}.", _WHEN, "deliveredAt"))
    if canceled is not None and record.closed_at is not None:
        faults.append(wrong("An order ends once.", "give canceledAt or closedAt", "closedAt"))
    if canceled is None and record.cancel_reason is not None:
        faults.append(wrong("Why it was canceled is given, and not when.", "add canceledAt", "cancelReason"))
    if canceled is not None and sent is not None and record.created_at <= canceled < sent:
        faults.append(wrong(f"{day(sent)} is after the order was canceled, {day(canceled)}.", _WHEN, "fulfilledAt"))
    for count, param in ((len(record.payments), "payments"), (len(record.refunds), "refunds")):
        if count > MAX_PAYMENTS:
            many = f"An order has at most {MAX_PAYMENTS} {param}; this one has {count}."
            faults.append(wrong(many, "sum them up", param))
    return faults


def check_expected(record: OrderRecord, found: Standing) -> None:
    """Refuse an order that comes to something else than the record says."""
    if record.total is None:
        return
    expected, currency = amount_in(found.order.currency, record.total, "totalMoney"), found.order.currency
    if found.priced.total != expected:
        raise Refused(
            "amount_changed",
            f"The order comes to {format_money(found.priced.total, currency)}, not {format_money(expected, currency)}.",
            hint="compare quantities, prices, discounts, taxes and charges with the original; where it rounded taxes "
            "in another way, give the tax of each line, too",
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
            hint="correct the payments, or add the refund of what was paid too much; where the shop rounded taxes in "
            "another way, give the order's total, or the tax of each line",
            param="payments.0.amountMoney",
        )


def day(at: datetime) -> str:
    """A time as messages show it: to the minute, or to the second where there are some."""
    return f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def wrong(message: str, hint: str, param: str) -> Refused:
    """The refusal for a record that cannot be. param is a field, with its place in a list: `payments.0.createdAt`."""
    return Refused("invalid_argument", message, hint=hint, param=param)
