"""Whether an order reserves stock."""

from flint_domain.order.model import Order


def was_released(order: Order) -> bool:
    """Whether its reservation ran out, so that paying has to find its units in stock again."""
    return order.reserved_until is not None and not reserves(order)


def reserves(order: Order) -> bool:
    return any(held.reserved for held in order.stock)
