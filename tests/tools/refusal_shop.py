"""The shop that every refusal is tried in: orders in each state, and coupons that must not work."""

from collections.abc import Mapping
from typing import Any

from tests.tools.agent import PRO_PLAN, SUPPORT, Agent, usd

REFUNDED_LINE = {"name": "Workshop", "unitPriceMoney": usd(5000)}


async def furnish(agent: Agent) -> dict[str, str]:
    """Fill the shop; the ids of what is in it by the names that the cases use."""
    await agent.prepare()
    coupons: dict[str, dict[str, Any]] = {
        "EXPIRED": {"endsAt": "2020-01-01T00:00:00Z"},
        "FUTURE": {"startsAt": "2999-01-01T00:00:00Z"},
        "OFF": {},
        "ONCE": {"maxUses": 1},
        "BIG": {"minimumSubtotalMoney": usd(20000)},
        "BOOKS": {"itemIds": ["book"]},
        "PERSONAL": {"maxUsesPerCustomer": 1},
    }
    for code, terms in coupons.items():
        await agent.call("create_coupon", couponCode=code, percent=10, **terms)
    await agent.call("update_coupon", couponCode="OFF", active=False)

    open_order = await agent.order(customerId="cus_8w2k")
    anonymous = await agent.order(lineItems=[PRO_PLAN])
    await agent.call("apply_coupon", orderId=anonymous["orderId"], couponCode="ONCE")
    changed = await agent.order(lineItems=[SUPPORT])
    await agent.call("update_order", orderId=changed["orderId"], note="First")
    order = await agent.order(customerId="cus_paid")
    paid = await agent.call(
        "pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"], idempotencyKey="pay-1"
    )
    refunded = await agent.paid(lineItems=[REFUNDED_LINE])
    await agent.call("create_refund", orderId=refunded["order"]["orderId"], amountMoney=usd(2000))
    returned = await agent.paid(lineItems=[REFUNDED_LINE, REFUNDED_LINE])
    await agent.call("create_refund", orderId=returned["order"]["orderId"])
    part_paid = await agent.order(lineItems=[REFUNDED_LINE])
    tender = {"source": "tok_visa", "amountMoney": usd(2000)}
    part = await agent.call("pay_order", orderId=part_paid["orderId"], tenders=[tender])
    return {
        "<open>": open_order["orderId"],
        "<open line>": open_order["lineItems"][0]["lineItemId"],
        "<open line 2>": open_order["lineItems"][1]["lineItemId"],
        "<anonymous>": anonymous["orderId"],
        "<changed>": changed["orderId"],
        "<paid>": paid["order"]["orderId"],
        "<paid line>": paid["order"]["lineItems"][0]["lineItemId"],
        "<payment>": paid["payments"][0]["paymentIntentId"],
        "<refunded>": refunded["order"]["orderId"],
        "<refund>": (await agent.call("get_order", orderId=refunded["order"]["orderId"]))["refundIds"][0],
        "<part paid>": part_paid["orderId"],
        "<part>": part["payments"][0]["paymentIntentId"],
        "<returned>": returned["order"]["orderId"],
    }


def filled(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with the shop's ids in the place of their names."""
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    return ids.get(value, value) if isinstance(value, str) else value


def named(text: str, ids: Mapping[str, str]) -> str:
    """The text with the names of the shop's ids in their place."""
    for name, known in ids.items():
        text = text.replace(known, name)
    return text
