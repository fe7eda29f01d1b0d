"""What the agents do with an order that is paid: hand it over, change it, take it back, let another method pay."""

from tests.crash.buying import BAD, BUYERS, COUNTED, GOOD, gift_card, outstanding, paid_order, usd
from tests.crash.street import Agent, Answer, Story


def _a_card(agent: Agent) -> str:
    """Most of them pay."""
    return agent.random.choice([*GOOD, *GOOD, *BAD])


def _goes_to(agent: Agent) -> Answer:
    """Where what a change costs less goes: back to what paid, or to the buyer's store credit."""
    return {"refundTo": "store_credit"} if agent.random.random() < 0.3 else {}


async def _deliver(agent: Agent, order: Answer) -> Answer | None:
    return await agent.call("fulfill", "fulfill_order", orderId=order["orderId"], status="DELIVERED")


async def amend_for_more(agent: Agent) -> None:
    """A line more, or a dearer one: nothing changes unless its card pays. Then a part, or all, goes back."""
    found = await paid_order(agent)
    if found is None:
        return
    order, _ = found
    wanted: Answer = agent.random.choice(
        [
            {
                "lineItemId": order["lineItems"][0]["lineItemId"],
                "unitPriceMoney": usd(agent.random.randint(21_000, 30_000)),
            },
            {"lineItemId": order["lineItems"][1]["lineItemId"], "quantity": agent.random.randint(4, 6)},
            {"name": "Gift wrap", "unitPriceMoney": usd(agent.random.randint(100, 900))},
            {"itemId": agent.random.choice(tuple(COUNTED)), "quantity": 1},
        ]
    )
    await agent.call(
        "amend", "amend_order", orderId=order["orderId"], lineItems=[wanted], paymentSourceToken=_a_card(agent)
    )
    if agent.random.random() < 0.3:
        await agent.call("cancel", "cancel_order", orderId=order["orderId"])
    elif agent.random.random() < 0.3:
        await agent.call("refund", "create_refund", orderId=order["orderId"], amountMoney=usd(250))


async def amend_for_less(agent: Agent) -> None:
    """A line less, or a cheaper one; once more afterwards, when much of the money has gone back already."""
    found = await paid_order(agent)
    if found is None:
        return
    order, _ = found
    for _ in range(agent.random.randint(1, 2)):
        first, *others = [line["lineItemId"] for line in order["lineItems"]]
        cheaper: Answer = {"lineItems": [{"lineItemId": first, "unitPriceMoney": usd(agent.random.randint(100, 900))}]}
        if others and agent.random.random() < 0.5:
            cheaper = {"removeLineItemIds": [others[-1]]}
        changed = await agent.call("amend", "amend_order", orderId=order["orderId"], **cheaper, **_goes_to(agent))
        if changed is None or changed["amendment"]["status"] == "WAITING":
            return  # the lines are those of before, and go as soon as the money has moved: recovery may be doing it now
        order = changed["order"]


async def return_for_money(agent: Agent) -> None:
    found = await paid_order(agent)
    if found is None or await _deliver(agent, found[0]) is None:
        return
    order, _ = found
    back = [{"lineItemId": agent.random.choice(order["lineItems"])["lineItemId"], "quantity": 1}]
    restock = agent.random.random() < 0.5
    await agent.call("return", "return_items", orderId=order["orderId"], lines=back, restock=restock, **_goes_to(agent))


async def exchange(agent: Agent) -> None:
    """For something dearer, cheaper, or for something that is counted."""
    found = await paid_order(agent)
    if found is None or await _deliver(agent, found[0]) is None:
        return
    order, _ = found
    instead: Answer = agent.random.choice(
        [
            {"itemId": agent.random.choice(tuple(COUNTED))},
            {"name": "Another one", "unitPriceMoney": usd(agent.random.randint(50, 30_000))},
        ]
    )
    line = agent.random.choice(order["lineItems"])["lineItemId"]
    await agent.call(
        "return",
        "return_items",
        orderId=order["orderId"],
        lines=[{"lineItemId": line, "quantity": 1, "replacement": instead}],
        restock=True,
        paymentSourceToken=_a_card(agent),
        **_goes_to(agent),
    )


async def let_another_method_pay(agent: Agent) -> None:
    """Another card, or a gift card that may hold too little; a move that is refused changes nothing."""
    found = await paid_order(agent, agent.random.choice(BUYERS))
    if found is None:
        return
    order, payment = found
    source: str | None = _a_card(agent)
    if agent.random.random() < 0.2:
        source = await gift_card(agent, outstanding(order) + agent.random.choice([-1, 0, 500]))
    if source is None:
        return
    moved = await agent.call("move", "move_payment", paymentIntentId=payment, paymentSourceToken=source)
    if moved is not None and agent.random.random() < 0.4:
        await agent.call("refund", "create_refund", orderId=order["orderId"], amountMoney=usd(300))


async def hand_over_in_parcels(agent: Agent) -> None:
    """One parcel that is called off or delivered, then the rest."""
    found = await paid_order(agent)
    if found is None:
        return
    order, _ = found
    some = [{"lineItemId": order["lineItems"][0]["lineItemId"]}]
    sent = await agent.call("fulfill", "fulfill_order", orderId=order["orderId"], lines=some)
    if sent is None:
        return
    parcel = sent["fulfillments"][-1]["fulfillmentId"]
    ends = agent.random.choice(["DELIVERED", "CANCELED"])
    await agent.call("fulfill", "fulfill_order", orderId=order["orderId"], fulfillmentId=parcel, status=ends)
    await _deliver(agent, order)


AFTERWARDS: list[Story] = [
    amend_for_more,
    amend_for_more,
    amend_for_less,
    return_for_money,
    exchange,
    let_another_method_pay,
    let_another_method_pay,
    hand_over_in_parcels,
]
