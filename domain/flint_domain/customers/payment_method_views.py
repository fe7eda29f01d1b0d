"""What callers read of a saved payment method: never its token, nor the processor's ids."""

from datetime import datetime

from pydantic import Field

from flint_domain.customers.model import Customer, MethodState, PaymentMethod
from flint_domain.customers.payment_methods import has_expired, method_of
from flint_domain.kernel.wire import Id, Timestamp, WireModel


class PaymentMethodView(WireModel):
    """A payment method saved for a customer; its id is a payment source like a token."""

    payment_method_id: Id
    status: MethodState = Field(
        description="attaching has no answer yet, or waits for the buyer at actionUrl; only active can pay"
    )
    expired: bool = Field(default=False, description="the card's last month is over: it cannot pay")
    default: bool = Field(default=False, description="the one to use when the buyer names none")
    type: str | None = Field(default=None, description="card or paypal")
    brand: str | None = None
    last4: str | None = Field(default=None, description="last four digits")
    exp_month: int | None = None
    exp_year: int | None = None
    decline_code: str | None = Field(default=None, description="why it was refused, the processor's reason")
    decline_message: str | None = Field(default=None, description="the same in plain words")
    action_url: str | None = Field(default=None, description="where the buyer confirms that it may be saved")
    created_at: Timestamp | None = None

    @property
    def can_pay(self) -> bool:
        return self.status == "active" and not self.expired


def payment_method_view(customer: Customer, method: PaymentMethod, now: datetime) -> PaymentMethodView:
    tender, decline = method.tender, method.decline
    return PaymentMethodView(
        payment_method_id=method.method_id,
        status=method.state,
        expired=has_expired(method, now),
        default=customer.default_method == method.method_id,
        type=None if tender is None else tender.type,
        brand=None if tender is None else tender.brand,
        last4=None if tender is None else tender.last4,
        exp_month=None if tender is None else tender.exp_month,
        exp_year=None if tender is None else tender.exp_year,
        decline_code=(decline.decline_code or decline.code) if decline else None,
        decline_message=decline.message if decline else None,
        action_url=method.action_url,
        created_at=method.created_at,
    )


def payment_method_views(customer: Customer, now: datetime) -> list[PaymentMethodView]:
    """The customer's methods but for the removed ones, oldest first."""
    return [payment_method_view(customer, method, now) for method in customer.methods if method.state != "removed"]


def payment_method_shown(customer: Customer, method_id: str, now: datetime) -> PaymentMethodView:
    """The method after a call; one that is kept no more was removed."""
    method = method_of(customer, method_id)
    if method is None:
        return PaymentMethodView(payment_method_id=method_id, status="removed")
    return payment_method_view(customer, method, now)
