"""Saved payment methods: attaching and detaching them, what the processor's answers make of them, paying with them.

Both are errands: written down first, asked for under their key, settled by
compare-and-set. A method that was taken away while the processor had not answered yet is detached as soon as it has.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flint_domain.customers.errands import ATTACH, Attach, Detach, of_method
from flint_domain.customers.finding import ids_of
from flint_domain.customers.model import Customer, PaymentMethod
from flint_domain.customers.payment_methods import has_expired, method_of, usable
from flint_domain.kernel.errors import Refused
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Decline, Errand, Outcome, Tender, Transfer, TransferState
from flint_domain.reactions.customers import buyer_of
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work

MOST_METHODS = 20  # of one customer, attaching or active: a list that a person can still choose from
ENDED_KEPT = 20  # refused and removed ones that are kept to be shown, the newest

IN_DOUBT = Decline(
    code="unknown_outcome",
    message="Whether the processor saved it could not be found out; remove it and add it again.",
)
STILL_SAVED = Decline(
    code="unknown_outcome",
    message="Whether the processor forgot it could not be found out; remove it once more.",
)


# ── attaching and detaching ──────────────────────────────────────────────────────────────────────────────────────────


def plan_attach(work: Work, customer: Customer, source: str, *, default: bool) -> tuple[Customer, str]:
    """Have the processor save a token: the customer with the method "attaching", and the method's id.

    Raises Refused when the customer has as many methods as there may be.
    """
    if sum(method.state in ("attaching", "active") for method in customer.methods) >= MOST_METHODS:
        raise Refused(
            "invalid_argument",
            f"{customer.customer_id} has {MOST_METHODS} payment methods, and that is the most.",
            hint="remove one that is not needed any more with remove_payment_method, then add this one",
            param="customerId",
        )
    method = PaymentMethod(
        method_id=work.new_id("pm"),
        processor=work.processor,
        source=source,
        wanted_as_default=default,
        created_at=work.tx.now,
    )
    known_as = [other.customer_reference for other in customer.methods if other.processor == work.processor]
    belongs_to = next((reference for reference in known_as if reference), None)
    now = work.tx.now
    work.ask_for(
        Attach(
            errand_id=work.new_id("trf"),
            merchant_id=customer.merchant_id,
            subject=of_method(method.method_id),
            customer_id=customer.customer_id,
            source=source,
            customer_reference=belongs_to,
            leased_until=now,
            created_at=now,
            updated_at=now,
        )
    )
    return replace(customer, methods=(*_without_old_ends(customer.methods), method)), method.method_id


def plan_detach(work: Work, customer: Customer, method: PaymentMethod) -> Customer:
    """Have the processor forget a method: the customer with it "detaching", and another default.

    One that the processor has not answered for yet is detached when it has; one that it never took is simply removed.
    """
    if method.state in ("detaching", "removed"):
        return customer
    if method.reference is not None:
        _have_forgotten(work, customer, method.method_id, method.reference)
        ended = replace(method, state="detaching", decline=None, action_url=None)
    elif method.state == "attaching":
        ended = replace(method, state="detaching")
    else:
        ended = _removed(method)
    return _with(customer, ended, work.tx.now)


def _have_forgotten(work: Work, customer: Customer, method_id: str, reference: str) -> None:
    now = work.tx.now
    work.ask_for(
        Detach(
            errand_id=work.new_id("trf"),
            merchant_id=customer.merchant_id,
            subject=of_method(method_id),
            customer_id=customer.customer_id,
            method_reference=reference,
            leased_until=now,
            created_at=now,
            updated_at=now,
        )
    )


def _without_old_ends(methods: Sequence[PaymentMethod]) -> tuple[PaymentMethod, ...]:
    """The methods without all but the newest that ended: refused tokens must not make a customer grow for ever."""
    ended = [method.method_id for method in methods if method.state in ("refused", "removed")]
    dropped = set(ended[:-ENDED_KEPT])
    return tuple(method for method in methods if method.method_id not in dropped)


# ── settling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def settle(work: Work, errand: Errand, outcome: Outcome) -> None:
    """Put the processor's answer on the customer's method, if they still have it. What was saved for nobody is
    forgotten again."""
    customer = None if errand.customer_id is None else work.tx.customer(errand.customer_id)
    if customer is None:
        return
    method_id, attach = errand.subject.subject_id, errand.kind == ATTACH
    method = method_of(customer, method_id)
    unwanted = method is None or method.state in ("detaching", "removed")
    saved = outcome.state in (TransferState.SUCCEEDED, TransferState.REQUIRES_ACTION)
    if attach and unwanted and saved and outcome.reference is not None:
        _have_forgotten(work, customer, method_id, outcome.reference)
    if method is not None:
        _save(work, customer, _attached(method, outcome) if attach else _detached(method, outcome))
    if customer.erased_at is not None:  # what had to be known until the processor had answered
        work.tx.forget_person(ids_of(customer), ())


def _attached(method: PaymentMethod, outcome: Outcome) -> PaymentMethod:
    known = replace(
        method,
        reference=outcome.reference or method.reference,
        customer_reference=outcome.customer_reference or method.customer_reference,
    )
    if method.state in ("detaching", "removed"):
        return _removed(known) if outcome.state is TransferState.DECLINED else replace(known, state="detaching")
    known = replace(known, tender=outcome.tender or method.tender, action_url=outcome.action_url)
    match outcome.state:
        case TransferState.DECLINED:
            return replace(known, state="refused", reference=None, decline=outcome.decline)
        case TransferState.SUCCEEDED:
            return replace(known, state="active", decline=None)
        case _:
            return known


def _detached(method: PaymentMethod, outcome: Outcome) -> PaymentMethod:
    match outcome.state:
        case TransferState.SUCCEEDED:
            return _removed(method)
        case TransferState.DECLINED:  # the buyer wanted it gone: it never pays again, whatever the processor says
            return replace(method, state="refused", decline=outcome.decline)
        case _:
            return method


def leave(work: Work, errand: Errand) -> None:
    """Nobody can tell what became of attaching or detaching a method: it pays for nothing, and says what to do."""
    customer = None if errand.customer_id is None else work.tx.customer(errand.customer_id)
    method = method_of(customer, errand.subject.subject_id)
    if customer is None or method is None or method.state not in ("attaching", "detaching"):
        return
    if errand.kind == ATTACH and method.state == "detaching":
        _save(work, customer, _removed(method))
        return
    doubt = IN_DOUBT if errand.kind == ATTACH else STILL_SAVED
    _save(work, customer, replace(method, state="refused", decline=doubt, action_url=None))


def _save(work: Work, customer: Customer, method: PaymentMethod) -> None:
    changed = _with(customer, method, work.tx.now)
    if changed != customer:
        work.tx.save_customer(replace(changed, version=customer.version + 1, updated_at=work.tx.now))


def _with(customer: Customer, method: PaymentMethod, now: datetime) -> Customer:
    """The customer with this method in place of its former value, and with the default that follows from it.

    The first active method becomes the default; the default's place is taken by the next one that can pay.
    """
    default = customer.default_method
    if method.state == "active" and (method.wanted_as_default or default is None):
        method, default = replace(method, wanted_as_default=False), method.method_id
    methods = tuple(method if other.method_id == method.method_id else other for other in customer.methods)
    if method.state != "active" and default == method.method_id:
        left = usable(replace(customer, methods=methods), now)
        default = left[0].method_id if left else None
    return replace(customer, methods=methods, default_method=default)


def _removed(method: PaymentMethod) -> PaymentMethod:
    """What stays of a method that is gone: its id and brand, and whom the processor knew it by."""
    tender = None if method.tender is None else Tender(type=method.tender.type, brand=method.tender.brand)
    return PaymentMethod(
        method_id=method.method_id,
        processor=method.processor,
        state="removed",
        source="",
        tender=tender,
        customer_reference=method.customer_reference,
        created_at=method.created_at,
    )


# ── paying ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def require_usable(tx: ReadTransaction, order: Order, method_id: str, param: str) -> None:
    """A saved method pays for its own customer, while it is active and has not expired.

    Raises Refused: "not_found" for a method of somebody else's or of nobody's, which look alike; and
    "payment_method_unusable".
    """
    customer = buyer_of(tx, order)
    method = method_of(customer, method_id)
    others = ", ".join(str(other.method_id) for other in usable(customer, tx.now))
    hint = f"the customer can pay with {others}" if others else "send a token, or save one with add_payment_method"
    if customer is None:
        hint = "a saved method needs the order's customerId to be its customer's (update_order); a token does not"
    if method is None:
        message = f"The order's customer has no payment method {method_id}."
        raise Refused("not_found", message, hint=hint, param=param, order_id=order.order_id)
    if method.state != "active" or has_expired(method, tx.now):
        why = "has expired" if method.state == "active" else f"is {_STATES[method.state]}, not active"
        raise Refused("payment_method_unusable", f"{method_id} {why}.", hint=hint, param=param, order_id=order.order_id)


_STATES = {"attaching": "being attached", "detaching": "being removed", "removed": "removed", "refused": "refused"}


def charged_with(tx: ReadTransaction, transfer: Transfer, method_id: str) -> Transfer:
    """A charge of a saved method as the processor is asked for it: by its own ids, and without the buyer.

    One that was removed meanwhile stays as it is: the processor knows no such source, and its decline is an answer.
    """
    order = tx.order(transfer.order_id)
    customer = None if order is None else buyer_of(tx, order)
    method = method_of(customer, method_id)
    if customer is None or method is None or method.state != "active" or method.reference is None:
        return transfer
    return replace(
        transfer,
        customer_id=customer.customer_id,
        source=method.reference,
        customer_reference=method.customer_reference,
        off_session=True,
    )
