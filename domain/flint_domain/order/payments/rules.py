"""How money comes in: what paying, capturing and voiding plan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import format_money
from flint_domain.order import guards
from flint_domain.order.accounts import is_account
from flint_domain.order.guards import chargeable
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Change, Order
from flint_domain.order.money import left_of
from flint_domain.order.payments.model import Decline, Payment, Step, Tendered, TenderGroup, Transfer, TransferKind


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
    payment = next((payment for payment in order.payments if payment.payment_id == payment_id), None)
    if payment is None:
        raise Refused(
            "not_found",
            f"{payment_id} is not a payment of {order.order_id}.",
            hint="use one of the order's paymentIntentIds",
            param="paymentIntentId",
            order_id=order.order_id,
        )
    return payment


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
        account=payment.source if is_account(payment.source) else None,
        payment_reference=payment.reference,
        buyer_email=order.buyer_email,
        leased_until=moment.now,
        created_at=moment.now,
        updated_at=moment.now,
    )


def start(
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


def _started(kind: str, what: str, transfer: Transfer) -> Fact:
    """Who asked for a movement of money: its answer is the processor's, and comes later."""
    return Fact(
        kind,
        f"{what} of {format_money(transfer.amount, transfer.currency)} asked for.",
        {"paymentIntentId": transfer.payment_id, "amount": transfer.amount, "currency": transfer.currency},
    )


def settle_free(standing: Standing) -> Change:
    """Settle a zero total: no source is needed and no money moves."""
    require(guards.pay(standing), standing.order.order_id)
    fact = Fact("ORDER_SETTLED", "Nothing to pay: the zero total is settled.")
    return Change(replace(standing.order, settled_free=True), (fact,))


def pay(standing: Standing, moment: Moment, sources: Sequence[str], *, later: bool) -> Change:
    """Charge (or, later, authorize) all that is outstanding; a definite decline moves on to the next source."""
    order = standing.order
    require(guards.pay(standing), order.order_id)
    order, transfer = start(order, moment, chargeable(standing), sources, later=later)
    return Change(order, (_started("PAYMENT_STARTED", "Payment", transfer),), (transfer,))


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
        order, transfer = start(order, moment, tender.amount, (tender.source,), later=later, group=group)
        transfers.append(transfer)
    facts = tuple(_started("PAYMENT_STARTED", "Payment", transfer) for transfer in transfers)
    return Change(order, facts, tuple(transfers))


def look_alike(order: Order, tenders: Sequence[Tendered], since: datetime) -> Payment | None:
    """The newest payment of this order since then that has, holds or may yet get what one of these tenders would pay
    again: the same amount from the same source. One whose money went back has nothing."""
    return next(
        (
            payment
            for payment in reversed(order.payments)
            if payment.created_at >= since
            and (left_of(order, payment) or payment.authorized or payment.step)
            and Tendered(payment.source, payment.amount) in tenders
        ),
        None,
    )


NOT_ASKED = Decline(code="not_asked", message="not asked, since another tender was declined", retryable=True)


def is_lost(order: Order, transfer: Transfer) -> bool:
    """Whether a transfer authorizes a tender of this order's that could only be voided: another one of its group has
    declined, and the caller wants all or none."""
    if transfer.order_id != order.order_id or transfer.kind is not TransferKind.AUTHORIZE:
        return False
    group = payment_of(order, transfer.payment_id).group
    if group is None or group.keep_partial:
        return False
    members = (payment for payment in order.payments if payment.group and payment.group.group_id == group.group_id)
    return any(payment.decline is not None and payment.step is None for payment in members)


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
    order, transfer = plan_capture(order, moment, payment, wanted)
    return Change(order, (_started("CAPTURE_STARTED", "Capture", transfer),), (transfer,))


def plan_capture(order: Order, moment: Moment, payment: Payment, amount: int) -> tuple[Order, Transfer]:
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
    return Change(order, (_started("VOID_STARTED", "Void", transfer),), (transfer,))


def plan_void(order: Order, moment: Moment, payment: Payment) -> tuple[Order, Transfer]:
    transfer = plan(order, moment, TransferKind.VOID, payment, payment.authorized or payment.amount)
    step = Step(transfer_id=transfer.transfer_id, kind=TransferKind.VOID, amount=transfer.amount)
    return with_payment(order, replace(payment, voiding=step, decline=None)), transfer
