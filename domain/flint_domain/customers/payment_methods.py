"""Which of a customer's saved payment methods there are, and which can pay."""

from datetime import datetime

from flint_domain.customers.model import Customer, PaymentMethod


def method_of(customer: Customer | None, method_id: str) -> PaymentMethod | None:
    """The customer's method of this id, whatever its state."""
    known = () if customer is None else customer.methods
    return next((method for method in known if method.method_id == method_id), None)


def has_expired(method: PaymentMethod, now: datetime) -> bool:
    """Whether the card's last month is over; what has no expiry never expires."""
    tender = method.tender
    if tender is None or tender.exp_year is None or tender.exp_month is None:
        return False
    return (tender.exp_year, tender.exp_month) < (now.year, now.month)


def usable(customer: Customer | None, now: datetime) -> list[PaymentMethod]:
    """The methods that can pay now, oldest first."""
    known = () if customer is None else customer.methods
    return [method for method in known if method.state == "active" and not has_expired(method, now)]
