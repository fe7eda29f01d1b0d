"""Changes after payment: what an order becomes, and the one movement of money that settles the difference.

Nothing of the order changes before its money has an answer: a charge or a refund that is refused drops the change.
"""

from dataclasses import dataclass, replace

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import allocate, format_money, round_half_up
from flint_domain.order import guards
from flint_domain.order.amendments.keeping import require_unrefunded, require_unsent, taxed_where_it_went
from flint_domain.order.amendments.model import Amended, Amending, Amendment, AmendmentKind
from flint_domain.order.amendments.settling import applied, started
from flint_domain.order.input_values import Inputs
from flint_domain.order.inputs import OrderUpdate
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Change, Order
from flint_domain.order.money import refundable_of
from flint_domain.order.payments.model import Tendered, TenderGroup, Transfer
from flint_domain.order.payments.rules import payment_of, start
from flint_domain.order.refunds.allocation import refundables
from flint_domain.order.refunds.destinations import destination_of, most_back
from flint_domain.order.refunds.model import DIFFERENCE, RefundPart
from flint_domain.order.refunds.rules import give_back, split_over
from flint_domain.order.rules import check_counts, check_total, revised
from flint_domain.order.tax.model import Share, Taxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What pays a difference, and where one goes back to: both as the order keeps them (see reactions.payment_sources).

    tenders, in place of source, pay it together: all of them or none.
    """

    source: str | None = None
    tenders: tuple[Tendered, ...] = ()
    refund_to: str | None = None


def amend(
    before: Standing, wanted: OrderUpdate, inputs: Inputs, *, taxes: Taxes | None, means: Means, moment: Moment
) -> Change:
    """Change lines, charges, tip or address of a paid order, and settle the difference in the same call."""
    order = before.order
    require(guards.amend(before), order.order_id)
    after = revised(order, wanted, inputs, taxes)
    if after == order:
        raise Refused(
            "nothing_to_amend",
            "The amendment leaves the order as it is.",
            hint="give lineItems, removeLineItemIds, charges, tipMoney or shippingAddress a new value",
            order_id=order.order_id,
        )
    check_counts(after)
    require_unsent(order, after)
    require_unrefunded(order, after)
    if taxes is not None:
        after = replace(after, lines=tuple(taxed_where_it_went(order, line) for line in after.lines))
    return settle_difference(before, becoming(after), "amend", means=means, moment=moment)


def becoming(order: Order) -> Amended:
    """All of an order that an amendment may change."""
    return Amended(
        lines=order.lines,
        charges=order.charges,
        tip=order.tip,
        shipping_address=order.shipping_address,
        default_taxes=order.default_taxes,
        category_taxes=order.category_taxes,
        tax_exempt=order.tax_exempt,
    )


def settle_difference(
    before: Standing, to: Amended, kind: AmendmentKind, *, means: Means, moment: Moment, note: str | None = None
) -> Change:
    """Make an amendment whose price is the same at once; else plan its charge or its refund, which decide about it."""
    order, after = before.order, standing(applied(before.order, to))
    check_total(after)
    due = after.money.outstanding - after.money.overpaid
    amendment = Amendment(
        amendment_id=moment.new_id("amd"),
        kind=kind,
        difference=due,
        return_id=to.returned.return_id if to.returned else None,
        created_at=moment.now,
    )
    if due > 0:
        return _charge(order, to, amendment, means, moment)
    if due < 0:
        part = _less(before, after, -due, _tax_left(before) - _tax_left(after))
        return refund_parts(order, to, amendment, [part], means=means, moment=moment, note=note)
    return started(Change(order), amendment, Amending(amendment_id=amendment.amendment_id, to=to), moment)


def reprice(before: Standing, to: Amended, *, means: Means, moment: Moment, note: str | None = None) -> Change:
    """Change an order in the middle of the days that it is for, whether it is paid or not.

    On a paid order the difference is settled at once. On one that is not, what is due is still due, and only money that
    was paid and is not owed any more goes back, with its share of the tax.
    """
    order = before.order
    require(guards.prorate(before), order.order_id)
    if before.settled:
        return settle_difference(before, to, "amend", means=means, moment=moment, note=note)
    after = standing(applied(order, to))
    check_total(after)
    back, less = after.money.overpaid, before.priced.total - after.priced.total
    amendment = Amendment(
        amendment_id=moment.new_id("amd"),
        kind="amend",
        difference=-back or after.money.outstanding - before.money.outstanding,
        created_at=moment.now,
    )
    if not back:
        return started(Change(order), amendment, Amending(amendment_id=amendment.amendment_id, to=to), moment)
    tax = _tax_left(before) - _tax_left(after)
    if 0 < back < less:
        tax = round_half_up(tax * back, less)
    part = _less(before, after, back, tax)
    return refund_parts(order, to, amendment, [part], means=means, moment=moment, note=note)


def _less(before: Standing, after: Standing, amount: int, tax: int) -> RefundPart:
    """The part of a refund that an order costs less: its tax falls on the rates that fell, by how much they did."""
    tax = max(0, min(tax, amount))
    stays = {priced.tax.tax_rate_id: priced.amount for priced in after.priced.taxes}
    fell = {
        priced.tax.tax_rate_id: priced.amount - stays.get(priced.tax.tax_rate_id, 0) for priced in before.priced.taxes
    }
    fell = {rate: less for rate, less in fell.items() if less > 0}
    shares = allocate(tax, list(fell.values())) if fell else []
    taxes = tuple(Share(rate, share) for rate, share in zip(fell, shares, strict=True) if share)
    return RefundPart(of=DIFFERENCE, net=amount - tax, tax=tax, taxes=taxes)


def _tax_left(standing: Standing) -> int:
    """The tax that could still go back: what refunds have given back already is in no difference."""
    return sum(max(0, item.tax - item.tax_back) for item in refundables(standing))


def _charge(order: Order, to: Amended, amendment: Amendment, means: Means, moment: Moment) -> Change:
    if means.tenders:
        return _charge_tenders(order, to, amendment, means, moment)
    if means.source is None:
        amount = format_money(amendment.difference, order.currency)
        raise Refused(
            "payment_source_needed",
            f"The change costs {amount} more, and nothing was named to pay it.",
            hint="send it again with paymentSourceToken: a token, or a saved method or gift card of the customer's",
            param="paymentSourceToken",
            order_id=order.order_id,
            details={"differenceMoney": {"amount": amendment.difference, "currency": order.currency}},
        )
    order, transfer = start(order, moment, amendment.difference, (means.source,), later=False)
    amending = Amending(amendment_id=amendment.amendment_id, to=to, awaited=(transfer.transfer_id,))
    amendment = replace(amendment, payment_id=transfer.payment_id)
    return started(Change(order, (), (transfer,)), amendment, amending, moment)


def _charge_tenders(order: Order, to: Amended, amendment: Amendment, means: Means, moment: Moment) -> Change:
    """Hold all of them before any is captured: a declined one drops the change, and the others are given up."""
    assert sum(tender.amount for tender in means.tenders) == amendment.difference, "tenders pay the whole difference"
    group = TenderGroup(group_id=moment.new_id("trf")) if len(means.tenders) > 1 else None
    transfers: list[Transfer] = []
    for tender in means.tenders:
        order, transfer = start(order, moment, tender.amount, (tender.source,), later=False, group=group)
        transfers.append(transfer)
    awaited = tuple(transfer.transfer_id for transfer in transfers)
    payment_ids = tuple(transfer.payment_id for transfer in transfers)
    amendment = replace(amendment, payment_id=payment_ids[0], payment_ids=payment_ids)
    amending = Amending(amendment_id=amendment.amendment_id, to=to, awaited=awaited)
    return started(Change(order, (), tuple(transfers)), amendment, amending, moment)


def refund_parts(
    order: Order,
    to: Amended,
    amendment: Amendment,
    parts: list[RefundPart],
    *,
    means: Means,
    moment: Moment,
    note: str | None = None,
) -> Change:
    """Plan the refunds that an amendment waits for, by what they are for."""
    destination, amount = destination_of(order, means.refund_to), sum(part.amount for part in parts)
    if amount > (most := most_back(order, destination)):
        limit = format_money(most, order.currency)
        outside = any(payment.elsewhere for payment in order.payments)
        raise Refused(
            "paid_elsewhere" if outside else "amount_too_high",
            f"{format_money(amount, order.currency)} would go back, and only {limit} can go this way"
            f"{': the rest was paid outside Flint' if outside else ''}.",
            hint='send refundTo "store_credit" or a gift card'
            if outside
            else 'leave refundTo out, or send "store_credit" or a gift card',
            param="refundTo",
            order_id=order.order_id,
        )
    given = split_over(destination.payments, order, parts, destination.most_of)
    change = give_back(order, moment, given, note=note, destination=destination.account)
    transfer_ids = tuple(transfer.transfer_id for transfer in change.transfers)
    amending = Amending(amendment_id=amendment.amendment_id, to=to, awaited=transfer_ids)
    refunds = change.order.refunds[len(order.refunds) :]
    amendment = replace(amendment, refund_ids=tuple(refund.refund_id for refund in refunds))
    return started(change, amendment, amending, moment)


def move_payment(before: Standing, payment_id: str, source: str, moment: Moment) -> Change:
    """Let another method pay what this payment has paid: the new one is charged first, and only then the old money goes
    back. Never the other way round, and never half."""
    order = before.order
    require(guards.move_payment(before), order.order_id)
    payment = payment_of(order, payment_id)
    amount = refundable_of(order, payment)
    if amount == 0 or payment.source == source:
        raise Refused(
            "nothing_to_refund" if amount == 0 else "source_refused",
            f"Nothing of {payment_id} can move." if amount == 0 else f"{payment_id} was paid with this source already.",
            hint="name a payment with refundableMoney, and another source",
            param="paymentIntentId" if amount == 0 else "paymentSourceToken",
            order_id=order.order_id,
        )
    order, transfer = start(order, moment, amount, (source,), later=False)
    amendment = Amendment(
        amendment_id=moment.new_id("amd"),
        kind="move",
        difference=0,
        payment_id=transfer.payment_id,
        created_at=moment.now,
    )
    amending = Amending(amendment_id=amendment.amendment_id, moves=payment_id, awaited=(transfer.transfer_id,))
    return started(Change(order, (), (transfer,)), amendment, amending, moment)
