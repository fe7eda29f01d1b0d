"""What several commands show: an order, or a customer."""

from dataclasses import dataclass
from typing import Any, ClassVar

from flint_domain.kernel.callers import Caller
from flint_domain.kernel.ids import is_id
from flint_domain.order.model import Order
from flint_domain.order.views import View
from flint_domain.queries.customer_views import customer_answer
from flint_domain.reactions.customers import customer_named
from flint_domain.reactions.orders import order_wire, show_order
from flint_domain.unit_of_work.command import Concerns, Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import load


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRef(Ref):
    """An order in a view, with what the command has to say beside it; customer_id is whose it was."""

    order_id: str
    customer_id: str | None = None
    view: View = "summary"
    warnings: tuple[str, ...] = ()

    @property
    def concerns(self) -> Concerns:
        return Concerns(order_id=self.order_id, customer_id=self.customer_id)


def buyer_of(order: Order) -> str | None:
    """The order's customer, as a ref keeps it: by Flint's own id. The merchant's reference may be a person's name."""
    return order.customer_id if order.customer_id is not None and is_id(order.customer_id, "cus") else None


def order_shown(tx: ReadTransaction, ref: OrderRef, caller: Caller, warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    """The order as JSON, with more warnings than the ref's own."""
    found = load(tx, ref.order_id, caller)
    return order_wire(show_order(tx, found, ref.view, warnings=(*ref.warnings, *warnings)), ref.view)


class ShowsOrder:
    """A command whose answer is its order."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = OrderRef

    @staticmethod
    def show(tx: ReadTransaction, ref: OrderRef, caller: Caller) -> dict[str, Any]:
        return order_shown(tx, ref, caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRef(Ref):
    """A customer, with what the command has to say beside them."""

    customer_id: str
    warnings: tuple[str, ...] = ()

    @property
    def concerns(self) -> Concerns:
        return Concerns(customer_id=self.customer_id)


class ShowsCustomer:
    """A command whose answer is a customer."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = CustomerRef

    @staticmethod
    def show(tx: ReadTransaction, ref: CustomerRef, caller: Caller) -> dict[str, Any]:
        return customer_answer(tx, customer_named(tx, ref.customer_id), ref.warnings, caller)


def beside(answer: dict[str, Any], warnings: tuple[str, ...]) -> dict[str, Any]:
    """The answer with its warnings, if there are any."""
    return {**answer, "warnings": list(warnings)} if warnings else answer
