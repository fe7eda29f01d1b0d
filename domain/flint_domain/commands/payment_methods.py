"""Save a payment method for a customer, and remove one."""

from dataclasses import dataclass
from typing import Any, ClassVar

from flint_domain.customers.model import Customer
from flint_domain.customers.payment_method_views import payment_method_shown
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.telling import Told
from flint_domain.procedures.customers import save_profile
from flint_domain.queries.customer_views import show_customer
from flint_domain.reactions import payment_methods as methods
from flint_domain.reactions.customers import customer_named, unerased
from flint_domain.unit_of_work.command import Concerns, Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work, not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodRef(Ref):
    """A saved method of a customer."""

    customer_id: str
    method_id: str

    @property
    def concerns(self) -> Concerns:
        return Concerns(customer_id=self.customer_id)


class _ShowsPaymentMethod:
    """A command whose answer is a saved method, and its customer."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = PaymentMethodRef

    @staticmethod
    def show(tx: ReadTransaction, ref: PaymentMethodRef, caller: Caller) -> dict[str, Any]:
        customer = customer_named(tx, ref.customer_id)
        method = payment_method_shown(customer, ref.method_id, tx.now)
        return {"paymentMethod": method.to_wire(keep_empty=False), "customer": show_customer(tx, customer)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPaymentMethod(_ShowsPaymentMethod):
    """Have the processor save a token for a customer, to be charged later without the buyer. A decline is an answer."""

    name: ClassVar[str] = "add_payment_method"
    customer_id: Told[str]
    source: str
    default: Told[bool] = False

    def change(self, work: Work) -> PaymentMethodRef:
        customer = unerased(customer_named(work.tx, self.customer_id))
        if is_id(self.source, "pm"):
            raise Refused(
                "invalid_argument",
                f"{self.source} is a saved payment method already.",
                hint="send a token that the processor made from the card (tok_… or its own pm_…)",
                param="paymentSourceToken",
            )
        planned, method_id = methods.plan_attach(work, customer, self.source, default=self.default)
        return _saved(work, customer, planned, method_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePaymentMethod(_ShowsPaymentMethod):
    """Have the processor forget a saved method. What it has been charged, and is being charged, stays."""

    name: ClassVar[str] = "remove_payment_method"
    method_id: Told[str]

    def change(self, work: Work) -> PaymentMethodRef:
        customer = work.tx.customer_of_method(self.method_id)
        method = methods.method_of(customer, self.method_id)
        if customer is None or method is None:
            raise not_found("payment method", self.method_id, "paymentMethodId", "get_customer lists a customer's")
        return _saved(work, customer, methods.plan_detach(work, customer, method), method.method_id)


def _saved(work: Work, before: Customer, customer: Customer, method_id: str) -> PaymentMethodRef:
    if customer != before:
        save_profile(work, customer)
    return PaymentMethodRef(customer_id=customer.customer_id, method_id=method_id)
