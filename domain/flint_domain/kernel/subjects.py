"""What something is about: an order, a payment method, and whatever a later context adds."""

from dataclasses import dataclass

ORDER = "order"  # the kind of a subject that is an order


@dataclass(frozen=True, slots=True)
class Subject:
    """A record by its kind and its id. Kinds are plain words that never change: they are stored."""

    kind: str
    subject_id: str


def of_order(order_id: str) -> Subject:
    """An order as a subject."""
    return Subject(ORDER, order_id)
