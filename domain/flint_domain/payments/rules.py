"""How money comes in: what pay, capture and void plan, and what each answer of the processor changes."""

from collections.abc import Sequence
from dataclasses import replace

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import format_money
from flint_domain.orders import guards
from flint_domain.orders.guards import chargeable
from flint_domain.orders.lifecycle import Standing
from flint_domain.orders.model import Change, Order
from flint_domain.payments.model import (
    Outcome,
    Payment,
    Step,
    Tendered,
    TenderGroup,
    Transfer,
    TransferKind,
    TransferState,
)


def with_payment(order: Order, payment: Payment) -> Order:
    """The order with this payment in place of its former value, or added."""
    if any(other.payment_id == payment.payment_id for other in order.payments):
        payments = tuple(payment if p.payment_id == payment.payment_id else p for p in order.payments)
    else:
        payments = (*order.payments, payment)
    return replace(order, payments=payments)


def payment_of(order: Order, payment_id: str) -> Payment:
    """The order's payment of this id.

    Raises Refused("not_found") when it is another order's or nobody's.
    """
    found = next((payment for payment in order.payments if payment.payment_id == payment_id), None)
    if found is None:
        raise Refused(
            "not_found",
            f"{payment_id} is not a payment of {order.order_id}.",
            hint="use one of the order's paymentIntentIds",
            param="paymentIntentId",
            order_id=order.order_id,
        )
    return found


def plan(order: Order, moment: Moment, kind: TransferKind, payment: Payment, amount: int) -> Transfer:
    """Write a movement of money down; the unit of work adds who performs it and until when."""
    return Transfer(
        transfer_id=moment.new_id("trf"),
        merchant_id=order.merchant_id,
        order_id=order.order_id,
        payment_id=payment.payment_id,
        kind=kind,
        amount=amount,
        currency=order.currency,
        source=payment.source if kind in (TransferKind.CHARGE, TransferKind.AUTHORIZE) else None,
        payment_reference=payment.reference,
        buyer_email=order.buyer_email,
        leased_until=moment.now,
        created_at=moment.now,
        updated_at=moment.now,
    )


def _start(
    order: Order,
    moment: Moment,
    amount: int,
    sources: Sequence[str],
    *,
    later: bool,
    group: TenderGroup | None = None,
) -> tuple[Order, Transfer]:
    """A new payment with the first source, the rest kept for when it is declined."""
    kind = TransferKind.AUTHORIZE if later or group else TransferKind.CHARGE
    payment = Payment(
        payment_id=moment.new_id("pi"),
        source=sources[0],
        amount=amount,
        capture_later=later,
        group=group,
        next_sources=tuple(sources[1:]),
        created_at=moment.now,
    )
    transfer = plan(order, moment, kind, payment, amount)
    step = Step(transfer_id=transfer.transfer_id, kind=kind, amount=amount)
    return with_payment(order, replace(payment, step=step)), transfer


def settle_free(standing: Standing) -> Change:
    """Settle a zero total: no source is needed and no money moves."""
    require(guards.pay(standing), standing.order.order_id)
    fact = Fact("ORDER_SETTLED", "Nothing to pay: the zero total is settled.")
    return Change(replace(standing.order, settled_free=True), (fact,))


def pay(standing: Standing, moment: Moment, sources: Sequence[str], *, later: bool) -> Change:
    """Charge (or, later, authorize) all that is outstanding; a definite decline moves on to the next source."""
    order = standing.order
    require(guards.pay(standing), order.order_id)
    order, transfer = _start(order, moment, chargeable(standing), sources, later=later)
    return Change(order, transfers=(transfer,))


def pay_with_tenders(
    standing: Standing, moment: Moment, tenders: Sequence[Tendered], *, keep_partial: bool, later: bool
) -> Change:
    """Pay with several sources together, or with one in part. Several are authorized before any is captured."""
    order = standing.order
    require(guards.pay(standing), order.order_id)
    total, most = sum(tender.amount for tender in tenders), chargeable(standing)
    if total > most:
        raise Refused(
            "amount_too_high",
            f"The tenders sum to {format_money(total, order.currency)}, and {format_money(most, order.currency)} "
            "can be charged.",
            hint=f"lower them to {format_money(most, order.currency)} in sum",
            param="tenders",
            order_id=order.order_id,
        )
    group = None
    if len(tenders) > 1:
        group = TenderGroup(group_id=moment.new_id("trf"), keep_partial=keep_partial, capture_later=later)
    transfers: list[Transfer] = []
    for tender in tenders:
        order, transfer = _start(order, moment, tender.amount, (tender.source,), later=later, group=group)
        transfers.append(transfer)
    return Change(order, transfers=tuple(transfers))


def capture(standing: Standing, moment: Moment, payment_id: str, amount: int | None) -> Change:
    """Take an authorized payment, in whole or in part (minor units); the processor releases the rest of the hold."""
    order = standing.order
    require(guards.capture(standing), order.order_id)
    payment = payment_of(order, payment_id)
    if not guards.capturable(payment):
        raise Refused(
            "nothing_to_capture",
            f"{payment_id} holds no authorized money.",
            hint="capture one of the payments that availableActions names",
            param="paymentIntentId",
            order_id=order.order_id,
        )
    wanted = payment.authorized if amount is None else amount
    if wanted > payment.authorized:
        held = format_money(payment.authorized, order.currency)
        raise Refused(
            "amount_too_high",
            f"{format_money(wanted, order.currency)} is more than the {held} that {payment_id} holds.",
            hint=f"capture at most {held}",
            param="amountMoney",
            order_id=order.order_id,
        )
    order, transfer = _capture(order, moment, payment, wanted)
    return Change(order, transfers=(transfer,))


def _capture(order: Order, moment: Moment, payment: Payment, amount: int) -> tuple[Order, Transfer]:
    transfer = plan(order, moment, TransferKind.CAPTURE, payment, amount)
    step = Step(transfer_id=transfer.transfer_id, kind=TransferKind.CAPTURE, amount=amount)
    return with_payment(order, replace(payment, step=step, decline=None)), transfer


def void(standing: Standing, moment: Moment, payment_id: str) -> Change:
    """Release an authorized payment, or call off one that waits for the buyer."""
    order = standing.order
    require(guards.void(standing), order.order_id)
    payment = payment_of(order, payment_id)
    if not guards.voidable(payment):
        raise Refused(
            "nothing_to_void",
            f"{payment_id} is neither authorized nor waiting for the buyer.",
            hint="captured money goes back with create_refund" if payment.captured else "read the order for its state",
            param="paymentIntentId",
            order_id=order.order_id,
        )
    order, transfer = plan_void(order, moment, payment)
    return Change(order, transfers=(transfer,))


def plan_void(order: Order, moment: Moment, payment: Payment) -> tuple[Order, Transfer]:
    transfer = plan(order, moment, TransferKind.VOID, payment, payment.authorized or payment.amount)
    step = Step(transfer_id=transfer.transfer_id, kind=TransferKind.VOID, amount=transfer.amount)
    return with_payment(order, replace(payment, voiding=step, decline=None)), transfer


def settle(order: Order, transfer: Transfer, outcome: Outcome, moment: Moment) -> Change:
    """What the processor's answer to a charge, authorization, capture or void makes of the order.

    The answer may plan further transfers: the next source after a decline, or the second half of a group of tenders.
    """
    payment = payment_of(order, transfer.payment_id)
    match transfer.kind:
        case TransferKind.VOID:
            return _settle_void(order, payment, transfer, outcome, moment)
        case TransferKind.CAPTURE:
            return _settle_capture(order, payment, transfer, outcome)
        case _:
            return _settle_charge(order, payment, transfer, outcome, moment)


def _fact(kind: str, text: str, order: Order, payment: Payment, amount: int, **data: object) -> Fact:
    who = f" ({payment.tender})" if payment.tender else ""
    return Fact(
        kind,
        f"{text.format(money=format_money(amount, order.currency))}{who}.",
        {"paymentIntentId": payment.payment_id, "amount": amount, "currency": order.currency, **data},
    )


_WAITING = {
    TransferState.REQUIRES_ACTION: ("PAYMENT_REQUIRES_ACTION", "The buyer has to approve {money}"),
    TransferState.PENDING: ("PAYMENT_PENDING", "The processor will confirm {money} later"),
    TransferState.UNKNOWN: ("PAYMENT_UNKNOWN", "The processor's answer for {money} is not known yet"),
}


def _settle_charge(order: Order, payment: Payment, transfer: Transfer, outcome: Outcome, moment: Moment) -> Change:
    payment = replace(
        payment, tender=outcome.tender or payment.tender, reference=outcome.reference or payment.reference
    )
    amount = transfer.amount
    match outcome.state:
        case TransferState.SUCCEEDED if transfer.kind is TransferKind.CHARGE:
            payment = replace(payment, step=None, captured=amount, next_sources=())
            facts = [_fact("PAYMENT_CAPTURED", "Captured {money}", order, payment, amount)]
        case TransferState.SUCCEEDED:
            payment = replace(payment, step=None, authorized=amount, next_sources=())
            facts = [_fact("PAYMENT_AUTHORIZED", "Authorized {money}", order, payment, amount)]
        case TransferState.DECLINED:
            return _decline(order, payment, transfer, outcome, moment)
        case state:
            step = Step(
                transfer_id=transfer.transfer_id,
                kind=transfer.kind,
                amount=amount,
                state=state,
                action_url=outcome.action_url,
            )
            payment = replace(payment, step=step)
            facts = [_fact(_WAITING[state][0], _WAITING[state][1], order, payment, amount)]
    return _advance_group(with_payment(order, payment), payment, facts, moment)


def _decline(order: Order, payment: Payment, transfer: Transfer, outcome: Outcome, moment: Moment) -> Change:
    decline = outcome.decline
    remaining = () if decline is None or decline.final else payment.next_sources
    payment = replace(payment, step=None, voiding=None, decline=decline, next_sources=())
    code = decline.decline_code or decline.code if decline else None
    facts = [
        _fact("PAYMENT_DECLINED", "{money} was declined", order, payment, transfer.amount, declineCode=code),
    ]
    order = with_payment(order, payment)
    if remaining and payment.group is None:
        order, following = _start(order, moment, transfer.amount, remaining, later=payment.capture_later)
        return Change(order, tuple(facts), (following,))
    return _advance_group(order, payment, facts, moment)


def _advance_group(order: Order, payment: Payment, facts: list[Fact], moment: Moment) -> Change:
    """Once every tender of a group has its answer: capture all, or give back what the others hold."""
    group = payment.group
    members = [p for p in order.payments if group and p.group and p.group.group_id == group.group_id]
    if group is None or any(member.step or member.voiding for member in members):
        return Change(order, tuple(facts))
    held = [member for member in members if member.authorized > 0]
    complete = len(held) == len(members)
    transfers: list[Transfer] = []
    if not complete and not group.keep_partial:
        for member in held:
            order, transfer = plan_void(order, moment, member)
            transfers.append(transfer)
    elif not group.capture_later:
        for member in held:
            order, transfer = _capture(order, moment, member, member.authorized)
            transfers.append(transfer)
    return Change(order, tuple(facts), tuple(transfers))


def _settle_capture(order: Order, payment: Payment, transfer: Transfer, outcome: Outcome) -> Change:
    match outcome.state:
        case TransferState.SUCCEEDED:
            released = payment.authorized - transfer.amount
            payment = replace(payment, step=None, authorized=0, captured=transfer.amount, decline=None)
            fact = _fact("PAYMENT_CAPTURED", "Captured {money}", order, payment, transfer.amount, released=released)
        case TransferState.DECLINED:  # the hold may stand still: capture can be tried again, or the payment voided
            payment = replace(payment, step=None, decline=outcome.decline)
            fact = _fact("CAPTURE_FAILED", "Capturing {money} failed", order, payment, transfer.amount)
        case state:
            payment = replace(payment, step=payment.step and replace(payment.step, state=state))
            fact = _fact(
                "CAPTURE_PENDING", "Capturing {money} has no final answer yet", order, payment, transfer.amount
            )
    return Change(with_payment(order, payment), (fact,))


def _settle_void(order: Order, payment: Payment, transfer: Transfer, outcome: Outcome, moment: Moment) -> Change:
    match outcome.state:
        case TransferState.SUCCEEDED:
            called_off = payment.step
            payment = replace(payment, step=None, voiding=None, voided=True, authorized=0, next_sources=())
            facts = [_fact("PAYMENT_VOIDED", "Released {money}", order, payment, transfer.amount)]
            order = with_payment(order, payment)
            if called_off is None:
                return Change(order, tuple(facts))
            change = _advance_group(order, payment, facts, moment)
            return replace(change, called_off=(called_off.transfer_id,))
        case TransferState.DECLINED:
            payment = replace(payment, voiding=None, decline=outcome.decline if payment.authorized else payment.decline)
            fact = _fact("VOID_FAILED", "Releasing {money} failed", order, payment, transfer.amount)
        case state:
            payment = replace(payment, voiding=payment.voiding and replace(payment.voiding, state=state))
            fact = _fact("VOID_PENDING", "Releasing {money} has no final answer yet", order, payment, transfer.amount)
    return Change(with_payment(order, payment), (fact,))
