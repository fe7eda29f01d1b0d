"""What each answer of the processor makes of a payment: captured, held, declined, or still open."""

from dataclasses import replace

from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.money import format_money
from flint_domain.order.model import Change, Order
from flint_domain.order.payments.model import Outcome, Payment, Step, Transfer, TransferKind, TransferState
from flint_domain.order.payments.rules import payment_of, plan_capture, plan_void, start, with_payment


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
            # Whatever the answer will be, no other card is charged behind the buyer's back.
            payment = replace(payment, step=step, next_sources=())
            facts = [_fact(_WAITING[state][0], _WAITING[state][1], order, payment, amount)]
    return _advance_group(with_payment(order, payment), payment, facts, moment)


def _decline(order: Order, payment: Payment, transfer: Transfer, outcome: Outcome, moment: Moment) -> Change:
    decline = outcome.decline
    remaining = () if decline is None or decline.final else payment.next_sources
    payment = replace(payment, step=None, decline=decline, next_sources=())  # an open void keeps its own answer
    code = decline.decline_code or decline.code if decline else None
    facts = [
        _fact("PAYMENT_DECLINED", "{money} was declined", order, payment, transfer.amount, declineCode=code),
    ]
    order = with_payment(order, payment)
    if remaining and payment.group is None:
        order, following = start(order, moment, transfer.amount, remaining, later=payment.capture_later)
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
            order, transfer = plan_capture(order, moment, member, member.authorized)
            transfers.append(transfer)
    return Change(order, tuple(facts), tuple(transfers))


def _settle_capture(order: Order, payment: Payment, transfer: Transfer, outcome: Outcome) -> Change:
    match outcome.state:
        case TransferState.SUCCEEDED:
            released = payment.authorized - transfer.amount
            payment = replace(payment, step=None, authorized=0, captured=transfer.amount, decline=None)
            rest = f"; {format_money(released, order.currency)} of the hold released" if released else ""
            text = f"Captured {{money}}{rest}"
            fact = _fact("PAYMENT_CAPTURED", text, order, payment, transfer.amount, released=released)
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
            called_off, held = payment.step, payment.authorized > 0
            payment = replace(payment, step=None, voiding=None, voided=True, authorized=0, next_sources=())
            facts = [_fact("PAYMENT_VOIDED", "Released {money}", order, payment, transfer.amount)]
            order = with_payment(order, payment)
            decided = payment.group is None or payment.group.capture_later
            if held and decided:
                return Change(order, tuple(facts))
            # A tender that never came to hold anything decides its group, as a declined one does; so does one whose
            # hold was given back before the others had their answer.
            change = _advance_group(order, payment, facts, moment)
            return change if called_off is None else replace(change, called_off=(called_off.transfer_id,))
        case TransferState.DECLINED:
            payment = replace(payment, voiding=None, decline=outcome.decline if payment.authorized else payment.decline)
            fact = _fact("VOID_FAILED", "Releasing {money} failed", order, payment, transfer.amount)
            if payment.step is None and not payment.authorized and not payment.captured:
                return _advance_group(with_payment(order, payment), payment, [fact], moment)
        case state:
            payment = replace(payment, voiding=payment.voiding and replace(payment.voiding, state=state))
            fact = _fact("VOID_PENDING", "Releasing {money} has no final answer yet", order, payment, transfer.amount)
    return Change(with_payment(order, payment), (fact,))
