"""Customers with saved payment methods, for the journeys about them."""

from typing import Any

from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.payment_methods import AddPaymentMethod, RemovePaymentMethod
from flint_domain.customers.model import Profile
from flint_domain.queries.customers import GetCustomer
from tests.journeys.house import House


async def new_customer(house: House, name: str = "Yusuf Rossi") -> str:
    """The id of a new customer."""
    saved = await house.do(SaveCustomer(profile=Profile(name=name)))
    return saved["customer"]["customerId"]


async def add(
    house: House, customer_id: str, token: str = "tok_visa", *, default: bool = False, key: str | None = None
) -> dict[str, Any]:
    """The method as it is answered for a token."""
    answer = await house.do(AddPaymentMethod(customer_id=customer_id, source=token, default=default), key)
    return answer["paymentMethod"]


async def saved(house: House, customer_id: str, token: str = "tok_visa", *, default: bool = False) -> str:
    """The id of a method that was saved."""
    method = await add(house, customer_id, token, default=default)
    assert method["status"] == "active"
    return method["paymentMethodId"]


async def remove(house: House, method_id: str, key: str | None = None) -> dict[str, Any]:
    answer = await house.do(RemovePaymentMethod(method_id=method_id), key)
    return answer["paymentMethod"]


async def methods(house: House, customer_id: str) -> dict[str, dict[str, Any]]:
    """The customer's methods as they are shown, by their ids."""
    shown = await house.ask(GetCustomer(customer_id=customer_id))
    return {method["paymentMethodId"]: method for method in shown.get("paymentMethods", [])}


async def default(house: House, customer_id: str) -> str | None:
    """The id of the method that is used when none is named."""
    found = [key for key, method in (await methods(house, customer_id)).items() if method["default"]]
    assert len(found) <= 1
    return found[0] if found else None


async def at_the_processor(house: House) -> dict[str, str]:
    """What the processor has saved, by Flint's ids."""
    return {method.method_id: method.status for method in await house.simulator.methods()}
