"""What is done page by page is done to the end: each loop over pages has a third page that is not full."""

from functools import partial

import pytest

from flint_domain.commands import privacy as erasing
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.customers.model import Profile
from flint_domain.order.inputs import LineInput
from flint_domain.queries.customers import GetCustomer
from flint_domain.reactions.catalog.stock import RESERVED_FOR
from tests.journeys.catalog import a_mug, counts
from tests.journeys.house import House

PAGE, MANY = 3, 7


async def test_recovery_takes_on_everything_that_is_due(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.sqlite, "due_work", partial(house.sqlite.due_work, PAGE))
    orders = [await house.order_of() for _ in range(MANY)]
    await house.fault("answer_lost", times=MANY)
    for order_id in orders:
        await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert await house.recover() == MANY
    assert [(await house.read(order_id))["status"] for order_id in orders] == ["PAID"] * MANY
    assert await house.flint.recover() == 0


async def test_all_that_was_reserved_too_long_is_given_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.sqlite, "due_releases", partial(house.sqlite.due_releases, PAGE))
    mug = await a_mug(house, MANY)
    for _ in range(MANY):
        await house.order_of(LineInput(item_id="MUG"))
    assert await counts(house, mug) == (0, MANY, 0)
    house.clock.passes(RESERVED_FOR)
    assert await house.flint.release_expired() == MANY
    assert await counts(house, mug) == (MANY, 0, 0)


async def test_a_person_is_erased_from_all_their_orders(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "_PAGE", PAGE)
    names = [await house.do(SaveCustomer(profile=Profile(name=name))) for name in ("Ada", "Ada A.")]
    ada, other = (answer["customer"]["customerId"] for answer in names)
    orders = [await house.order_of(customer_id=(ada, other)[place % 2], note="Rings twice") for place in range(MANY)]
    await house.do(MergeCustomers(customer_id=other, into_customer_id=ada))
    [bought] = (await house.ask(GetCustomer(customer_id=ada)))["purchases"]
    assert bought["orders"] == MANY
    await house.do(EraseCustomer(customer_id=ada))
    assert [(await house.read(order_id)).get("note") for order_id in orders] == [None] * MANY
    assert not [row for row in house.contents() if "Rings twice" in row]
