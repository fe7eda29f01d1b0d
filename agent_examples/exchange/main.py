"""A support agent that exchanges a delivered jacket for another size, and gives the difference back to the card.

It plans with nothing but what the server says: who the buyer is, what was delivered, which size is in stock, what the
exchange comes to. A language model would choose the same from the same answers; here, plain code does.
"""

import sys
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

THE_BUYER_SAYS = "Mei Davis here, 80217. The rain jacket is too big, could I have it in M? The socks are fine."


def usd(amount: int) -> dict[str, Any]:
    """Money in minor units: 9900 is 99.00 USD."""
    return {"amount": amount, "currency": "USD"}


def printed(money: dict[str, Any]) -> str:
    amount = abs(money["amount"])
    return f"{amount // 100}.{amount % 100:02d} {money['currency']}"


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a tool that must not refuse."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error and result.structured_content is not None, result.content
    return result.structured_content


JACKETS = (("jacket-l", "L", 12900), ("jacket-m", "M", 11900), ("jacket-s", "S", 11900))


async def seed(client: Client) -> str:
    """The shop, two customers of one name, and what they bought; returns the id of the order with the jacket."""
    jackets = [{"sku": sku, "options": {"size": size}, "priceMoney": usd(price)} for sku, size, price in JACKETS]
    await call(client, "save_item", name="Rain Jacket", variants=jackets)
    await call(client, "save_item", name="Wool Socks", variants=[{"sku": "socks", "priceMoney": usd(1500)}])
    for sku, units in (("jacket-l", 2), ("jacket-m", 1)):
        await call(client, "adjust_inventory", sku=sku, count=units, reason="counted")

    async def customer(postal_code: str, token: str) -> tuple[str, str]:
        home = {"line1": "1 Elm Street", "city": "Denver", "region": "CO", "postalCode": postal_code, "country": "US"}
        saved = await call(client, "save_customer", name="Mei Davis", addresses=[home])
        customer_id = saved["customer"]["customerId"]
        added = await call(client, "add_payment_method", customerId=customer_id, paymentSourceToken=token)
        return customer_id, added["paymentMethod"]["paymentMethodId"]

    async def bought(customer_id: str, method_id: str, *items: str) -> str:
        lines = [{"itemId": item} for item in items]
        order_id = (await call(client, "create_order", customerId=customer_id, lineItems=lines))["orderId"]
        await call(client, "pay_order", orderId=order_id, paymentSourceTokens=[method_id])
        return order_id

    somebody_else, their_card = await customer("10001", "tok_visa")
    mei, card = await customer("80217", "tok_mastercard")
    delivered = [await bought(somebody_else, their_card, "jacket-l"), await bought(mei, card, "jacket-l", "socks")]
    for order_id in delivered:
        await call(client, "fulfill_order", orderId=order_id, status="DELIVERED", trackingNumber="1Z999")
    await bought(mei, card, "socks")
    return delivered[1]


async def find_customer(client: Client, name: str, postal_code: str) -> dict[str, Any]:
    """The one customer of this name who lives there."""
    found = await call(client, "search_customers", query=name, postalCode=postal_code)
    print(f'search_customers "{name}", {postal_code}: {found["summary"]}')
    [row] = found["customers"]
    return await call(client, "get_customer", customerId=row["customerId"])


async def find_line(client: Client, customer: dict[str, Any], words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The line with these words among all that came, and how its order says that it can be returned."""
    found: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for row in customer["recentOrders"]:
        order = await call(client, "get_order", orderId=row["orderId"], view="full")
        for action in order["availableActions"]:
            if action["action"] == "return":
                [lines] = [need for need in action["needs"] if need["name"] == "lines"]
                came = [line for line in order["lineItems"] if line["lineItemId"] in lines["oneOf"]]
                found += [(action, line) for line in came if words in line["name"].lower()]
    assert len(found) == 1, "more or less than one line fits: a person would ask the buyer"
    return found[0]


async def find_size(client: Client, line: dict[str, Any], size: str) -> dict[str, Any]:
    """The variant of the same item in this size, if one can be ordered."""
    found = await call(client, "search_items", itemId=line["itemId"], options={"size": size}, inStock=True)
    [item] = found["items"]
    [variant] = item["variants"]
    print(f"search_items: {item['name']} {size}, {variant['available']} in stock, {printed(variant['priceMoney'])}.")
    return variant


async def exchange(
    client: Client, action: dict[str, Any], line: dict[str, Any], variant: dict[str, Any]
) -> dict[str, Any]:
    """Exchange the line as availableActions says; first asking what it comes to."""
    swap = {"lineItemId": line["lineItemId"], "replacement": {"itemId": variant["variantId"]}}
    what = {**action["arguments"], "lines": [swap], "restock": True, "note": THE_BUYER_SAYS}
    quote = await call(client, action["tool"], **what, dryRun=True)
    print(f"{action['tool']}, dry run: {quote['amendment']['summary']}")
    done = await call(client, action["tool"], **what, idempotencyKey=f"exchange-{line['lineItemId']}")
    print(f"{action['tool']}: {done['amendment']['summary']}")
    assert done["amendment"]["differenceMoney"] == quote["amendment"]["differenceMoney"]
    return done


async def support(client: Client) -> tuple[str, str]:
    """Help the buyer; returns the order's id and what the buyer is told."""
    customer = await find_customer(client, "Mei Davis", "80217")
    action, line = await find_line(client, customer, "rain jacket")
    variant = await find_size(client, line, "M")
    done = await exchange(client, action, line, variant)
    [refund] = done["refunds"]
    payment = await call(client, "get_payment", paymentIntentId=refund["paymentIntentId"])
    card, size = payment["tender"], variant["options"]["size"]
    told = (
        f"Your {line['name']} is exchanged for size {size}. You get {printed(refund['amountMoney'])} back on your "
        f"{card['brand']} card ending in {card['last4']}. The rest stays as it is."
    )
    return done["order"]["orderId"], told


async def stock_of(client: Client) -> dict[str, tuple[int, int]]:
    """Available and sold units of each jacket whose stock is counted."""
    found = await call(client, "search_items", itemId="jacket-l")
    variants = found["items"][0]["variants"]
    return {variant["sku"]: (variant["available"], variant["sold"]) for variant in variants if "available" in variant}


async def main() -> None:
    with TemporaryDirectory() as folder:
        arguments = ["-m", "flint_server", "serve", "--data", folder]
        async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:
            wanted = await seed(client)
            assert await stock_of(client) == {"jacket-l": (0, 2), "jacket-m": (1, 0)}
            print(f"The buyer: {THE_BUYER_SAYS}")
            order_id, told = await support(client)
            print(f"The agent: {told}")

            assert order_id == wanted
            assert told == (
                "Your Rain Jacket (L) is exchanged for size M. You get 10.00 USD back on your mastercard card ending "
                "in 4444. The rest stays as it is."
            )
            order = await call(client, "get_order", orderId=order_id, view="full")
            assert [line["name"] for line in order["lineItems"]] == ["Rain Jacket (L)", "Wool Socks", "Rain Jacket (M)"]
            assert [line["totalMoney"]["amount"] for line in order["lineItems"]] == [0, 1500, 11900]
            assert order["pricingAmounts"]["totalMoney"] == usd(13400)
            assert order["settlementAmounts"]["paidMoney"] == usd(14400)
            assert order["settlementAmounts"]["refundedMoney"] == usd(1000)
            assert order["settlementAmounts"]["outstandingMoney"] == usd(0)
            assert order["returns"][0]["note"] == THE_BUYER_SAYS
            assert await stock_of(client) == {"jacket-l": (1, 1), "jacket-m": (0, 1)}
            untouched = await call(client, "search_orders", status="PAID")
            assert len(untouched["orders"]) == 2


if __name__ == "__main__":
    anyio.run(main)
