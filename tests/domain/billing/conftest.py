"""What the billing tests may ask for."""

from collections.abc import Callable

import pytest

from flint_domain.order.fulfillment.rules import Tracking, Units, fulfill
from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from tests.domain.billing.given import MOMENT


@pytest.fixture
def fulfilled() -> Callable[[Order, str], Order]:
    """The order with this line handed over."""

    def sent(order: Order, line_id: str) -> Order:
        return fulfill(standing(order), MOMENT, [Units(line_id=line_id)], Tracking(), delivered=False).order

    return sent
