"""How money goes back: what a refund request plans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import format_money
from flint_domain.order import guards
from flint_domain.order.fulfillment.counting import unsent
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Change, Order
from flint_domain.order.money import refundable_of
from flint_domain.order.payments.model import Payment, TransferKind
from flint_domain.order.payments.rules import payment_of, plan
from flint_domain.order.refunds.allocation import Refundable, over_payments, part_of_units, refundables, spread
from flint_domain.order.refunds.destinations import RefundDestination, destination_of, most_back
from flint_domain.order.refunds.model import DIFFERENCE, TIP, Refund, RefundPart, RefundReason
from flint_domain.order.refunds.remarks import fee_given_back, price_mistaken_for_cost


@dataclass(frozen=True, slots=True)
class RefundItem:
    """A line (all units that are left when quantity is None), a charge or the tip, named by its id."""

    id: str
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """What to give back: an amount (minor units), or items, or, with neither, all that is left.

    refund_to is as the order keeps it: an account's id, a payment's, or what paid (see
    reactions.gift_cards.refund_accounts).
    """

    payment_id: str | None = None
    refund_to: str | None = None
    amount: int | None = None
    items: tuple[RefundItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPlan:
    """What a request comes to: per payment the parts, newest payment first; warnings for the caller. destination is
    the account that gets the money (none: back to what paid)."""

    payments: tuple[tuple[Payment, tuple[RefundPart, ...]], ...]
    destination: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def amount(self) -> int:
        return sum(part.amount for _, parts in self.payments for part in parts)


def plan_refund(standing: Standing, request: RefundRequest) -> RefundPlan:
    """Work a request out without changing anything: quote_refund shows it, create_refund makes it."""
    order = standing.order
    require(guards.refund(standing), order.order_id)
    destination = destination_of(order, request.refund_to, request.payment_id)
    items = refundables(standing)
    if request.items:
        parts = _parts_of(order, items, request.items)
    elif request.amount is None:
        parts = _parts_of_amount(standing, _all_but_fees(standing, destination))
    else:
        parts = _parts_of_amount(standing, _within(standing, destination, request.amount))
    amount = sum(part.amount for part in parts)
    if amount == 0:
        raise Refused(
            "nothing_to_refund",
            "What was asked for has gone back already, or cost nothing.",
            hint="see refundableMoney of each line",
            param="lines" if request.items else "amountMoney",
            order_id=order.order_id,
        )
    _within(standing, destination, amount)
    return RefundPlan(
        payments=tuple(split_over(destination.payments, order, parts, destination.most_of)),
        destination=destination.account,
        warnings=(*price_mistaken_for_cost(standing, request.amount), *fee_given_back(standing, items, parts)),
    )


def _all_but_fees(standing: Standing, destination: RefundDestination) -> int:
    """All that can go there, without what was kept back when units were returned: nobody gives a fee back by leaving
    an amount out.

    Raises Refused("nothing_to_refund") when nothing but fees is left.
    """
    order, most = standing.order, _within(standing, destination, None)
    fees = sum(item.kept for item in refundables(standing))
    rest = min(most, standing.money.refundable + standing.money.elsewhere - fees)
    if rest <= 0:
        kept = format_money(min(fees, most), order.currency)
        raise Refused(
            "nothing_to_refund",
            f"All that is left is {kept} that was kept back when units were returned.",
            hint="nothing more is owed; only if what was kept is to go back after all, name it as amountMoney",
            param="amountMoney",
            order_id=order.order_id,
            details={"maxMoney": {"amount": most, "currency": order.currency}},
        )
    return rest


def _parts_of_amount(standing: Standing, amount: int) -> list[RefundPart]:
    """What was paid too much goes back first: no line has it. The rest is spread over what was bought."""
    too_much = min(amount, standing.money.overpaid)
    parts = [RefundPart(of=DIFFERENCE, net=too_much, tax=0)] if too_much else []
    return [*parts, *spread(amount - too_much, refundables(standing))]


def _within(standing: Standing, destination: RefundDestination, amount: int | None) -> int:
    """The amount, or all that can go there, in minor units.

    Raises Refused: "amount_too_high", or "paid_elsewhere" where only an account could get it.
    """
    order, most = standing.order, most_back(standing.order, destination)
    wanted = most if amount is None else amount
    elsewhere = standing.money.elsewhere if destination.account is None else 0
    if elsewhere and not most:
        raise Refused(
            "paid_elsewhere",
            f"{format_money(elsewhere, order.currency)} was paid outside Flint, which cannot give it back.",
            hint='send refundTo "store_credit" or a gift card',
            param="refundTo",
            order_id=order.order_id,
        )
    if wanted > most:
        limit = format_money(most, order.currency)
        raise Refused(
            "amount_too_high",
            f"{format_money(wanted, order.currency)} is more than the {limit} that can go back.",
            hint=f"refund at most {limit}{_or_as_credit(order, most, elsewhere)}",
            param="amountMoney",
            order_id=order.order_id,
            details={"maxMoney": {"amount": most, "currency": order.currency}},
        )
    return wanted


def _or_as_credit(order: Order, most: int, elsewhere: int) -> str:
    """What else could be done, where some of an order was paid outside Flint."""
    if not elsewhere:
        return ""
    limit = format_money(most + elsewhere, order.currency)
    return f', or up to {limit} with refundTo "store_credit" or a gift card'


def _parts_of(order: Order, items: tuple[Refundable, ...], wanted: tuple[RefundItem, ...]) -> list[RefundPart]:
    known, unsent_units = {item.id: item for item in items}, unsent(order)
    parts: list[RefundPart] = []
    for request in wanted:
        param = "tip" if request.id == TIP else "chargeIds" if request.id.startswith("chg_") else "lines"
        item = known.get(request.id)
        if item is None:
            raise Refused(
                "not_found",
                "The order has no tip." if request.id == TIP else f"{request.id} is not on {order.order_id}.",
                hint="use a lineItemId or charge id of this order",
                param=param,
                order_id=order.order_id,
            )
        quantity = item.quantity_left if request.quantity is None else request.quantity
        if quantity > item.quantity_left or quantity == 0:
            raise Refused(
                "nothing_to_refund" if item.quantity_left == 0 else "amount_too_high",
                f"{quantity.normalize():f} of {request.id} cannot go back: {item.quantity_left.normalize():f} "
                f"of {item.quantity.normalize():f} is left.",
                hint="refund at most what is left: more was not bought, or has gone back",
                param=param,
                order_id=order.order_id,
            )
        never_sent = min(quantity, unsent_units.get(request.id, Decimal(0)))
        parts.append(replace(part_of_units(item, quantity), unsent=never_sent))
    return [part for part in parts if part.amount]


def refund(
    standing: Standing, moment: Moment, request: RefundRequest, *, reason: RefundReason, note: str | None
) -> tuple[Change, RefundPlan]:
    """Plan the refund's transfers: one refund per payment it goes back through."""
    plan_ = plan_refund(standing, request)
    change = give_back(standing.order, moment, plan_.payments, reason=reason, note=note, destination=plan_.destination)
    return change, plan_


def refund_rest(order: Order, moment: Moment, standing: Standing) -> Change:
    """Give back all that is left through every payment, as a cancel does; no change when nothing is left."""
    if standing.money.refundable == 0:
        return Change(order)
    everything = RefundRequest(amount=standing.money.refundable)
    return give_back(order, moment, plan_refund(standing, everything).payments)


PartsByPayment = Sequence[tuple[Payment, tuple[RefundPart, ...]]]


def give_back(
    order: Order,
    moment: Moment,
    payments: PartsByPayment,
    *,
    reason: RefundReason = "requested_by_customer",
    note: str | None = None,
    destination: str | None = None,
) -> Change:
    """Plan one refund per payment; destination, a gift card's or a store credit's id, gets the money instead of what
    paid."""
    change = Change(order)
    for payment, parts in payments:
        elsewhere = destination if destination != payment.source else None
        refund = Refund(
            refund_id=moment.new_id("ref"),
            payment_id=payment.payment_id,
            transfer_id="",
            amount=sum(part.amount for part in parts),
            parts=parts,
            reason=reason,
            destination=elsewhere,
            note=note,
            created_at=moment.now,
        )
        change = _add(change, moment, payment, refund)
    return change


def split_over(
    payments: Sequence[Payment],
    order: Order,
    parts: Sequence[RefundPart],
    most: Callable[[Order, Payment], int] = refundable_of,
) -> PartsByPayment:
    """The parts by the payments they come from, each taken up to the most that it can give."""
    filled = over_payments(parts, [most(order, payment) for payment in payments])
    return [(payment, tuple(taken)) for payment, taken in zip(payments, filled, strict=True) if taken]


def _add(change: Change, moment: Moment, payment: Payment, refund: Refund) -> Change:
    order = change.order
    transfer = plan(order, moment, TransferKind.REFUND, payment, refund.amount)
    transfer = replace(
        transfer, refund_id=refund.refund_id, reason=refund.reason, account=refund.destination or transfer.account
    )
    refund = replace(refund, transfer_id=transfer.transfer_id)
    return Change(
        replace(order, refunds=(*order.refunds, refund)),
        (*change.facts, fact_of("REFUND_CREATED", "Refund of {money} asked for", order, refund)),
        (*change.transfers, transfer),
    )


def look_alike(order: Order, request: RefundRequest, since: datetime) -> tuple[Refund, ...]:
    """The refunds of the newest call since then that this request repeats; empty when there is none.

    A call that is sent again rarely plans what it planned first: the next unit may cost a cent less, and what the first
    one took is missing in a payment, or in all of them. So the calls are compared by what they ask for: the same units,
    or the same amount. Only what a request names, a payment or an account, has to be the same. All that is left of
    something cannot be had twice, and needs no comparison.
    """
    wanted = {item.id: item.quantity for item in request.items}
    if None in wanted.values() or (request.amount is None and not wanted):
        return ()
    changes = {refund_id for amendment in order.amendments for refund_id in amendment.refund_ids}
    calls: list[list[Refund]] = []
    for refund in order.refunds:
        if not refund.counts or refund.created_at < since or (not wanted and refund.refund_id in changes):
            continue
        if calls and _of_one_call(calls[-1], refund):
            calls[-1].append(refund)
        else:
            calls.append([refund])
    for call in reversed(calls):
        same = request.amount in (None, sum(refund.amount for refund in call))
        if same and _units(call) == wanted and all(_goes_where(order, request, refund) for refund in call):
            return tuple(call)
    return ()


def _of_one_call(call: list[Refund], refund: Refund) -> bool:
    """Whether a refund was made with these: at one moment, one through each payment."""
    return call[0].created_at == refund.created_at and all(each.payment_id != refund.payment_id for each in call)


def _goes_where(order: Order, request: RefundRequest, refund: Refund) -> bool:
    """Whether a refund went through the payment and to the place that a request names."""
    payment = payment_of(order, refund.payment_id)
    if request.payment_id not in (None, payment.payment_id):
        return False
    if request.refund_to is None:
        return refund.destination is None
    return request.refund_to in (refund.destination or payment.source, payment.payment_id)


def _units(refunds: Sequence[Refund]) -> dict[str, Decimal]:
    """How many units of what went back; empty for an amount that was spread over lines."""
    units: dict[str, Decimal] = {}
    for part in (part for refund in refunds for part in refund.parts):
        if part.quantity is not None:
            units[part.of] = units.get(part.of, Decimal(0)) + part.quantity
    return units


def refund_of(order: Order, refund_id: str) -> Refund:
    """The order's refund of this id, which must exist."""
    return next(refund for refund in order.refunds if refund.refund_id == refund_id)


def fact_of(kind: str, text: str, order: Order, refund: Refund) -> Fact:
    """A fact about a refund, its amount in words where the text says {money}."""
    data = {
        "refundId": refund.refund_id,
        "paymentIntentId": refund.payment_id,
        "amount": refund.amount,
        "currency": order.currency,
        **({"accountId": refund.destination} if refund.destination else {}),
    }
    return Fact(kind, text.format(money=format_money(refund.amount, order.currency)) + ".", data)
