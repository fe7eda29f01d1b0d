"""What Flint answered before models got text: the same records in the JSON of then, to measure what became of it.

Each function takes what the domain says now and gives what it said: `full` with its nulls and currencies, the summary
without address, options, tender and refunds, rows with a sentence each. Fields that came since are left out.
"""

from typing import Any

Answer = dict[str, Any]

_SINCE = frozenset(
    {"refundedQuantity", "cancelReason", "releasedMoney", "movedMoney", "keptMoney", "keptFor", "changes", "maxEach"}
)
_NEEDS_SINCE = ("keepMoney",)
_ORDER = (
    *("summary", "orderId", "version", "status", "paymentStatus", "refundStatus", "fulfillmentStatus", "canceling"),
    *("amending", "needsAttention", "reference", "customerId", "currency", "lineItems", "charges", "discounts"),
    *("pricingAmounts", "settlementAmounts", "paymentIntentIds", "refundIds", "fulfillments", "activities"),
    *("availableActions", "blockedActions", "warnings", "note", "metadata", "buyerEmail", "reservedUntil"),
)
_LINE = (
    *("lineItemId", "name", "quantity", "totalMoney", "refundableMoney", "fulfilledQuantity", "returnedQuantity"),
    *("exchangedQuantity", "replaces", "sku"),
)
_NOTHING_TO_DO = frozenset({"the order is paid", "money has been captured"})  # was told all the same


def full(order: Answer) -> Answer:
    """The full view of then; order is that of now, with its nulls."""
    told = _without_news(order)
    for action in told["availableActions"]:
        needs = [need for need in action["needs"] or () if need["name"] not in _NEEDS_SINCE]
        if action["action"] == "refund":
            needs = [need for need in needs if need["name"] != "refundTo"]
        action["needs"] = needs or None
    return {**told, "blockedActions": told["blockedActions"] or None}


def summary(order: Answer, idle: frozenset[str]) -> Answer:
    """The summary of then, out of the full view of now; idle names the blocked actions that it left out."""
    told = full(order)
    told["lineItems"] = [{name: line[name] for name in _LINE} for line in told["lineItems"]]
    told["activities"] = [{"type": fact["type"], "at": fact["at"]} for fact in told["activities"][-3:]]
    told["availableActions"] = [_shortened(action) for action in told["availableActions"]]
    told["blockedActions"] = [
        action
        for action in told["blockedActions"] or ()
        if action["action"] not in idle or action["reason"] in _NOTHING_TO_DO
    ]
    return _without_nulls({name: told[name] for name in _ORDER if told.get(name) not in ([], {})} | _kept(told))


def row(order: Answer) -> Answer:
    """An order in a list, out of the full view of now."""
    settled = order["settlementAmounts"]
    sent = order["fulfillmentStatus"]
    return _without_nulls(
        {
            "summary": order["summary"],
            "orderId": order["orderId"],
            "status": order["status"],
            "paymentStatus": order["paymentStatus"],
            "fulfillmentStatus": None if sent == "UNFULFILLED" else sent,
            "customerId": order["customerId"],
            "lineNames": [line["name"] for line in order["lineItems"][:5]],
            "totalMoney": order["pricingAmounts"]["totalMoney"],
            "outstandingMoney": settled["outstandingMoney"],
            "refundableMoney": settled["refundableMoney"],
            "needsAttention": order["needsAttention"],
            "createdAt": order["createdAt"],
        }
    )


def _kept(told: Answer) -> Answer:
    """What was there even when it was empty."""
    return {name: told[name] for name in ("paymentIntentIds", "refundIds", "availableActions")}


def _shortened(action: Answer) -> Answer:
    if action["action"] != "update" or "lineItems" not in action["needs"][0]["anyOf"]:
        return action
    fields = [name for name in action["needs"][0]["anyOf"] if name in ("lineItems", "shippingAddress")]
    return {**action, "needs": [{"anyOf": fields}]}


def _without_news(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_news(item) for key, item in value.items() if key not in _SINCE}
        case list():
            return [_without_news(item) for item in value]
        case _:
            return value


def _without_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_nulls(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value]
        case _:
            return value
