"""What a processor is asked for about saved payment methods: errands, since no money moves."""

from dataclasses import dataclass
from typing import Literal

from flint_domain.kernel.subjects import Subject
from flint_domain.order.payments.model import Errand

ATTACH = "attach"  # saves a payment method for its customer
DETACH = "detach"  # forgets a saved method
PAYMENT_METHOD = "payment_method"  # the kind of their subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach(Errand):
    """Have a token saved. customer_reference is the processor's id of the customer, where it knows them already. source
    is empty once it was saved and its customer was erased."""

    kind: Literal["attach"] = ATTACH
    order_id: None = None
    customer_id: str
    source: str = ""
    customer_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detach(Errand):
    """Have a saved method forgotten. method_reference is the processor's id of it."""

    kind: Literal["detach"] = DETACH
    order_id: None = None
    customer_id: str
    method_reference: str


def of_method(method_id: str) -> Subject:
    """A saved payment method as a subject."""
    return Subject(PAYMENT_METHOD, method_id)
