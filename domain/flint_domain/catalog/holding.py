"""Stock follows the order: what an order holds is derived from it, and the difference is moved when it is saved."""

from typing import TYPE_CHECKING

from flint_domain.orders.lifecycle import Standing
from flint_domain.orders.model import Order

if TYPE_CHECKING:
    from flint_domain.work import Work


def hold(work: "Work", found: Standing) -> Order:
    """The order with its stock held as it stands now: reserved, sold or given back.

    Raises Refused("out_of_stock") when it would hold more than there is.
    """
    return found.order
