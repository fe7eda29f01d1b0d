"""The shop in which a task begins, set up with the same tools that agents have."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.support.calling import quick
from tests.support.cases import Task
from tests.tools.agent import Agent, usd

CARD_TOKENS = {"visa": "tok_visa", "mastercard": "tok_mastercard"}
COUNTRIES = {"USA": "US"}


@dataclass(slots=True)
class Shop:
    """What the tasks' names stand for here: methods of payment as sources, orders by their numbers.

    others are the ids of a namesake of the customer and of what they bought.
    """

    sources: dict[str, str] = field(default_factory=dict[str, str])
    orders: dict[str, str] = field(default_factory=dict[str, str])
    customer_id: str | None = None
    others: tuple[str, ...] = ()

    @property
    def outside(self) -> set[str]:
        """The methods whose money the processor moves, by the task's names: all but gift cards."""
        return {name for name, source in self.sources.items() if source.startswith("pm_")}

    def method(self, source: str) -> str:
        """A source by the task's name for it; store credit, for which it has none, by Flint's."""
        names = {flint: name for name, flint in self.sources.items()}
        return names[source] if source in names else "store_credit" if source.startswith("crd_") else source


def address(given: dict[str, Any]) -> dict[str, Any]:
    """A postal address in Flint's fields; what is blank is left out."""
    fields = {
        "line1": given["address1"],
        "line2": given["address2"],
        "city": given["city"],
        "region": given["state"],
        "postalCode": given["zip"],
        "country": COUNTRIES.get(given["country"], given["country"]),
    }
    return {name: value for name, value in fields.items() if value}


def _sold(tasks: Iterable[Task]) -> dict[str, dict[str, Any]]:
    """Every line that was ordered or is to be, by SKU; the options of a replacement are in none of the tasks."""
    lines: dict[str, dict[str, Any]] = {}
    for task in tasks:
        wanted = [line for order in task.expected["orders"].values() for line in order["lines"]]
        for line in [*(line for order in task.orders for line in order["lines"]), *wanted]:
            known = lines.setdefault(line["sku"], line)
            assert known["unit_cents"] == line["unit_cents"], line
            if "options" in line:
                lines[line["sku"]] = line
    return lines


async def stock_catalog(agent: Agent, tasks: Iterable[Task]) -> None:
    """Every variant that the tasks name, with its price, under its product."""
    products: dict[str, list[dict[str, Any]]] = {}
    for line in _sold(tasks).values():
        products.setdefault(line["product_id"], []).append(line)
    for product_id, lines in products.items():
        names = next(list(line["options"]) for line in lines if "options" in line)
        variants = [
            {
                "sku": line["sku"],
                "options": line.get("options") or dict.fromkeys(names, f"that of {line['sku']}"),
                "priceMoney": usd(line["unit_cents"]),
            }
            for line in lines
        ]
        await quick(agent, "save_item", name=lines[0]["name"], reference=product_id, variants=variants)


async def open_shop(agent: Agent, task: Task, *, more_on_cards: bool = True) -> Shop:
    """The task's customer with saved methods, gift cards and orders, and a namesake who must not be taken for them.

    more_on_cards puts what the task takes onto a gift card that its authors let go below zero.
    """
    shop = Shop()
    if task.customer is None:
        return shop
    person = task.customer
    shop.customer_id = await _customer(agent, person)
    for method in person["payment_methods"]:
        shop.sources[method["id"]] = await _method(agent, shop, task, method, more_on_cards=more_on_cards)
    for order in task.orders:
        shop.orders[order["id"]] = await _order(agent, shop, order)
    namesake_id = await _customer(
        agent,
        {
            "id": "namesake",
            "name": person["name"],
            "email": f"namesake.{person['email']}",
            "address": {**person["address"], "zip": "00000"},
        },
    )
    bought = await quick(
        agent,
        "create_order",
        customerId=namesake_id,
        lineItems=[{"itemId": line["sku"]} for line in task.orders[0]["lines"]],
    )
    await quick(agent, "pay_order", orderId=bought["orderId"], paymentSourceTokens=["tok_visa"])
    shop.others = (namesake_id, bought["orderId"])
    return shop


async def _customer(agent: Agent, person: dict[str, Any]) -> str:
    saved = await quick(
        agent,
        "save_customer",
        reference=person["id"],
        name=f"{person['name']['first_name']} {person['name']['last_name']}",
        emails=[person["email"]],
        addresses=[address(person["address"])],
    )
    return saved["customer"]["customerId"]


async def _method(agent: Agent, shop: Shop, task: Task, method: dict[str, Any], *, more_on_cards: bool) -> str:
    """A saved card or PayPal account, or a gift card that the orders to come leave with the balance it must have."""
    if method["source"] == "gift_card":
        moved = [paid for order in task.orders for paid in order["payments"] if paid["method"] == method["id"]]
        spent = sum(paid["cents"] if paid["type"] == "payment" else -paid["cents"] for paid in moved)
        balance = max(method["balance_cents"], task.taken(method["id"]) if more_on_cards else 0)
        issued = await quick(agent, "issue_gift_card", amountMoney=usd(balance + spent), customerId=shop.customer_id)
        return issued["credit"]["accountId"]
    token = "tok_paypal" if method["source"] == "paypal" else CARD_TOKENS[method["brand"]]
    added = await quick(agent, "add_payment_method", customerId=shop.customer_id, paymentSourceToken=token)
    return added["paymentMethod"]["paymentMethodId"]


async def _order(agent: Agent, shop: Shop, order: dict[str, Any]) -> str:
    """The order as it stands when the task begins: paid, sent, delivered or canceled."""
    made = await quick(
        agent,
        "create_order",
        customerId=shop.customer_id,
        lineItems=[{"itemId": line["sku"], "quantity": line["quantity"]} for line in order["lines"]],
        shippingAddress=address(order["shipping_address"]),
        metadata={"orderNumber": order["id"]},
    )
    order_id = made["orderId"]
    paid = next(paid for paid in order["payments"] if paid["type"] == "payment")
    assert made["pricingAmounts"]["totalMoney"] == usd(paid["cents"]), order["id"]
    await quick(agent, "pay_order", orderId=order_id, paymentSourceTokens=[shop.sources[paid["method"]]])
    if order["tracking"]:
        await _send(agent, order_id, order)
    if order["fulfillment"] == "CANCELED":
        await quick(agent, "cancel_order", orderId=order_id)
    return order_id


async def _send(agent: Agent, order_id: str, order: dict[str, Any]) -> None:
    status = "DELIVERED" if order["fulfillment"] == "DELIVERED" else "FULFILLED"
    sent = await quick(agent, "fulfill_order", orderId=order_id, status=status, trackingNumber=order["tracking"][0])
    if order["fulfillment"] == "CANCELED":
        parcel = sent["fulfillments"][0]["fulfillmentId"]
        await quick(agent, "fulfill_order", orderId=order_id, fulfillmentId=parcel, status="CANCELED")
