"""A person forgotten: what is theirs goes, and what the books need stays (totals, taxes, payments, refunds, ids)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from flint_domain.commands.shown import CustomerRef, ShowsCustomer
from flint_domain.customers.finding import ids_of
from flint_domain.customers.model import Customer
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import ErrorCode, Refused
from flint_domain.kernel.facts import Fact
from flint_domain.kernel.ids import is_id
from flint_domain.order.amendments.model import Return
from flint_domain.order.fulfillment.counting import unfulfilled
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Change, Order
from flint_domain.order.money import payment_in_flight
from flint_domain.order.tax.service import TaxQuote
from flint_domain.procedures.customers import save_profile
from flint_domain.reactions.customers import customer_named
from flint_domain.reactions.payment_methods import plan_detach
from flint_domain.settling import save
from flint_domain.unit_of_work.ports import OrderQuery, ReadTransaction
from flint_domain.unit_of_work.work import Work

_PAGE = 100  # orders read at once
_END = "call fulfill_order, close_order or cancel_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCustomer(ShowsCustomer):
    """Take a person's data out of the customer, their orders and everything that repeats them. Once is enough."""

    name: ClassVar[str] = "erase_customer"
    customer_id: str  # not told, and so not kept: a reference may be the person's name, and this record comes after all

    def change(self, work: Work) -> CustomerRef:
        customer = customer_named(work.tx, self.customer_id)
        if customer.erased_at is None:
            erase(work, customer)
        return CustomerRef(customer_id=customer.customer_id)


def erase(work: Work, customer: Customer) -> None:
    """Erase, or raise Refused naming the first order that still needs to know its buyer."""
    orders = list(_orders_of(work.tx, customer))
    for order in orders:
        require_done(standing(order))
    for order in orders:
        save(work, Change(redacted(order, customer.customer_id), (Fact("ORDER_REDACTED", "Personal data erased."),)))
    ids = ids_of(customer)
    for method in customer.methods:
        customer = plan_detach(work, customer, method)
    save_profile(work, replace(_forgotten(customer), erased_at=work.tx.now))
    work.tx.forget_person(ids, [order.order_id for order in orders])


def _orders_of(tx: ReadTransaction, customer: Customer) -> Iterator[Order]:
    """All orders of the customer and of those merged into it, newest first."""
    query: OrderQuery | None = OrderQuery(customer_ids=ids_of(customer), limit=_PAGE)
    while query is not None:
        page = tx.orders(query)
        yield from page
        query = replace(query, before_id=page[-1].order_id) if len(page) == _PAGE else None


def require_done(found: Standing) -> None:
    """Money that is still moving, and goods that are still to be sent, need to know whose they are.

    Raises Refused saying which, and what ends it.
    """
    order, money = found.order, found.money
    if order.ended is None and unfulfilled(order):
        if money.paid > money.refunded or (found.settled and not money.paid):
            _refuse(order, "order_unfulfilled", "is paid and not handed over yet", _END)
        if money.authorized:
            _refuse(order, "money_held", "has money held for it", "call capture_payment or void_payment")
    if order.canceling is not None:
        _refuse(order, "order_canceling", "is being canceled", "wait until the money is back")
    if order.amending is not None:
        _refuse(order, "order_amending", "is being changed", "wait until the change's money has moved")
    payment = payment_in_flight(order)
    if payment is not None:
        _refuse(
            order, "payment_in_progress", f"waits for {payment.payment_id}", "wait for its answer, or call void_payment"
        )
    if order.service_taxes is not None and order.service_taxes.is_reporting:
        _refuse(order, "payment_in_progress", "waits for the tax service", "wait for its answer")


def _refuse(order: Order, code: ErrorCode, why: str, first: str) -> None:
    raise Refused(
        code,
        f"{order.order_id} {why}, and needs its buyer's data until then.",
        hint=f"{first} for {order.order_id}, then erase the customer",
        param="customerId",
        order_id=order.order_id,
    )


def redacted(order: Order, customer_id: str) -> Order:
    """The order without what is its buyer's own. Where it went is kept as far as it decided the taxes."""
    address, taxes, named = order.shipping_address, order.service_taxes, order.customer_id
    return replace(
        order,
        customer_id=named if named is not None and is_id(named, "cus") else customer_id,
        shipping_address=None if address is None else _where(address),
        service_taxes=None if taxes is None else replace(taxes, quotes=tuple(map(_quote, taxes.quotes))),
        lines=tuple(replace(line, note=None) for line in order.lines),
        note=None,
        cancel_reason=None,
        metadata={},
        buyer_email=None,
        refunds=tuple(replace(refund, note=None) for refund in order.refunds),
        returns=tuple(map(_unnamed, order.returns)),
    )


def _unnamed(returned: Return) -> Return:
    """A return without anybody's words; what was kept of its money stays, under no name."""
    kept = None if returned.kept is None else replace(returned.kept, name="")
    return replace(returned, note=None, kept=kept)


def _where(address: Address) -> Address:
    return Address(country=address.country, region=address.region)


def _quote(quote: TaxQuote) -> TaxQuote:
    """The quote for the address that is kept: it has to go on fitting the order."""
    return replace(quote, request=replace(quote.request, address=_where(quote.request.address)))


def _forgotten(customer: Customer) -> Customer:
    """The customer with nothing but ids, and what the processor still has to be asked to forget."""
    leaving = (method for method in customer.methods if method.state == "detaching")
    return Customer(
        customer_id=customer.customer_id,
        merchant_id=customer.merchant_id,
        version=customer.version,
        methods=tuple(replace(method, tender=None, source="", decline=None, action_url=None) for method in leaving),
        merged_ids=tuple(former for former in customer.merged_ids if is_id(former, "cus")),
        created_at=customer.created_at,
        updated_at=customer.updated_at,
    )
