"""What has to be true when a task has been played: what changed is as its authors expect it, and nothing else did."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.adapter import INSTEAD, NEVER_PAID, Adapter
from tests.support.calling import quick
from tests.support.cases import Task
from tests.support.seeding import Shop, address
from tests.tools.agent import Agent

# What was answered to a change of the customer names their newest orders too.
ANSWERS = 'INSERT INTO "idempotency_records"'
OWN = ("customerId", "reference", "name", "emails", "paymentMethods", "createdAt")  # of a customer; no task changes it


@dataclass(slots=True)
class Before:
    """The shop when the task began: the customer, and every stored row that names what no task may change."""

    customer: dict[str, Any] = field(default_factory=dict[str, Any])
    rows: list[str] = field(default_factory=list[str])


async def look(agent: Agent, shop: Shop, task: Task) -> Before:
    """What there is now: of orders that must not change and of another customer all rows, of this one the profile."""
    if shop.customer_id is None:
        return Before()
    others = {*(shop.orders[number] for number in task.untouched), *shop.others}
    rows = [row for row in agent.contents() if not row.startswith(ANSWERS) and any(named in row for named in others)]
    return Before(await quick(agent, "get_customer", customerId=shop.customer_id), rows)


async def end_state(adapter: Adapter, before: Before) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where the task has led, and where its authors say it leads: equal to the cent when the solution is right."""
    agent, shop, task = adapter.agent, adapter.shop, adapter.task
    after = await look(agent, shop, task)
    began = {order["id"]: order for order in task.orders}
    orders: dict[str, Any] = {}
    for number in task.expected["orders"]:
        order = await quick(agent, "get_order", orderId=shop.orders[number], view="full")
        balance = await agent.simulator.balance_of(order["orderId"])
        moved = {"charged": balance.charged, "refunded": balance.refunded, "held": balance.held}
        orders[number] = {**_reached(shop, order, began[number]), "at_the_processor": moved}
    led = {
        "orders": orders,
        "addresses": after.customer.get("addresses"),
        "credits": _deltas(shop, before.customer, after.customer),
        "untouched": (_own(after), after.rows),
    }
    return led, _wanted(adapter, before)


def _own(seen: Before) -> list[Any]:
    return [seen.customer.get(name) for name in OWN]


def _wanted(adapter: Adapter, before: Before) -> dict[str, Any]:
    """The end state that a task's authors expect, in the same words."""
    task, person = adapter.task, adapter.task.customer
    moved = [address(changed["address"]) for changed in task.expected["customers"].values()]
    orders = {number: _wanted_order(adapter, number, order) for number, order in task.expected["orders"].items()}
    credit = sum(order["refunds"][INSTEAD] for order in orders.values())
    return {
        "orders": orders,
        "addresses": moved or (None if person is None else [address(person["address"])]),
        "credits": {**task.expected["gift_card_balance_delta_cents"], **({INSTEAD: credit} if credit else {})},
        "untouched": (_own(before), before.rows),
    }


def _wanted_order(adapter: Adapter, number: str, expected: dict[str, Any]) -> dict[str, Any]:
    """One order's; store credit where Flint refused to give money to a card that never paid."""
    charges, refunds = _by_method(expected["charges"]), _by_method(expected["refunds"])
    assert refunds.total() <= adapter.task.most_back(number)
    if number in adapter.refusals:
        refusal = adapter.refusals[number]
        assert refusal["code"] == NEVER_PAID and INSTEAD in refusal["hint"]
        assert not refunds.keys() & charges.keys()
        refunds = Counter({INSTEAD: refunds.total()})
    lines = [{name: line[name] for name in ("sku", "unit_cents", "state")} for line in expected["lines"]]
    changed_to = expected["address_changed_to"]
    outside = adapter.shop.outside
    return {
        "lines": sorted(lines, key=str),
        "charges": charges,
        "refunds": refunds,
        "address_changed_to": changed_to and address(changed_to),
        "state": expected["state"],
        "cancel_reason": expected["cancel_reason"],
        "active_total_cents": expected["active_total_cents"],
        "net_paid_cents": expected["net_paid_cents"],
        "at_the_processor": {
            "charged": sum(cents for method, cents in charges.items() if method in outside),
            "refunded": sum(cents for method, cents in refunds.items() if method in outside),
            "held": 0,
        },
    }


def _by_method(moves: list[dict[str, Any]]) -> Counter[str]:
    summed: Counter[str] = Counter()
    for move in moves:
        summed[move["method"]] += move["cents"]
    return summed


def _reached(shop: Shop, order: dict[str, Any], began: dict[str, Any]) -> dict[str, Any]:
    """An order's end state in the task's words; began is the order as the task gave it."""
    charges, refunds = _money_by_method(shop, order)
    where = {name: value for name, value in order["shippingAddress"].items() if value is not None}
    state = _state(order, began)
    active = [line for line in order["lineItems"] if _became(line).startswith("active")]
    return {
        "lines": sorted(
            (
                {"sku": line["sku"], "unit_cents": line["unitPriceMoney"]["amount"], "state": _became(line)}
                for line in order["lineItems"]
            ),
            key=str,
        ),
        "charges": charges,
        "refunds": refunds,
        "address_changed_to": None if where == address(began["shipping_address"]) else where,
        "state": state,
        "cancel_reason": order["metadata"].get("cancelReason"),
        "active_total_cents": 0 if state == "cancelled" else sum(line["totalMoney"]["amount"] for line in active),
        "net_paid_cents": order["settlementAmounts"]["refundableMoney"]["amount"],
    }


def _became(line: dict[str, Any]) -> str:
    """The benchmark's word for what a line is by now."""
    if line.get("returnedQuantity"):
        return "returned"
    if line.get("exchangedQuantity"):
        return "exchanged"
    return "active(replacement)" if line.get("replaces") else "active"


def _money_by_method(shop: Shop, order: dict[str, Any]) -> tuple[Counter[str], Counter[str]]:
    """What each method has paid, and what each got back, in cents."""
    charges: Counter[str] = Counter()
    refunds: Counter[str] = Counter()
    paid_with: dict[str, str] = {}
    for payment in order["payments"]:
        method = shop.method(_named(payment["tender"]))
        paid_with[payment["paymentIntentId"]] = method
        charges[method] += payment["capturedMoney"]["amount"]
    for refund in order["refunds"]:
        assert refund["status"] == "SUCCEEDED"
        account = refund.get("accountId")
        method = paid_with[refund["paymentIntentId"]] if account is None else shop.method(account)
        refunds[method] += refund["amountMoney"]["amount"]
    return charges, refunds


def _named(tender: dict[str, Any]) -> str:
    return tender.get("paymentMethodId") or tender["accountId"]


def _state(order: dict[str, Any], began: dict[str, Any]) -> str:
    """The benchmark's word for where an order stands."""
    made = {amendment["kind"] for amendment in order.get("amendments", ()) if amendment["status"] == "MADE"}
    if order["status"] == "CANCELED":
        return "cancelled"
    if "return" in made:
        return "return requested"
    if "exchange" in made:
        return "exchange requested"
    bought, now = ([line["sku"] for line in lines] for lines in (began["lines"], order["lineItems"]))
    assert order["fulfillmentStatus"] == "UNFULFILLED"
    return "pending" if bought == now else "pending (items modified; no more changes)"


def _deltas(shop: Shop, before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """By how many cents the balance of each gift card and of the store credit has changed, if it has."""
    was, now = _balances(shop, before), _balances(shop, after)
    return {name: now[name] - was.get(name, 0) for name in now if now[name] != was.get(name, 0)}


def _balances(shop: Shop, customer: dict[str, Any]) -> dict[str, int]:
    """What is on each of the customer's gift cards and on the store credit, by the task's names."""
    held = customer.get("credits", [])
    return {shop.method(credit["accountId"]): credit["balanceMoney"]["amount"] for credit in held}


# ── what the customer has to be told ──


# What the benchmark's catalog has and the data leaves out: how many T-shirts there are, variants that nobody orders.
NOT_IN_THE_DATA = frozenset({"10", "41.64", "180.1", "189.57", "226.11", "tactile", "white", "full"})

# Flint adds up within an order and over all that a customer ever bought, and not over a choice of orders.
ADDED_UP = {
    "3646.68": ("1429.81", "1030.40", "1186.47"),  # two orders canceled and one returned
    "1939.05": ("985.66", "953.39"),  # two lines of an order
    "107.09": ("167.87", "60.78"),  # one exchange charged, less what another gave back
}


def untold(adapter: Adapter) -> list[str]:
    """What the customer has to be told and no answer says: no amount of an order is left for the agent to work out."""
    if adapter.task.customer is None:
        return []
    said = json.dumps(adapter.answers, ensure_ascii=False).casefold()
    amounts = {abs(amount) for answer in adapter.answers for amount in _amounts(answer)}
    told = [part for told in adapter.task.told for part in ADDED_UP.get(told, (told,))]
    return [part for part in told if part not in NOT_IN_THE_DATA and not _is_told(part, said, amounts)]


def _is_told(told: str, said: str, amounts: set[int]) -> bool:
    """Whether money of this amount, in major units, is among these in cents; or else these words were said."""
    if re.fullmatch(r"\d+\.\d{1,2}", told):
        return int(Decimal(told) * 100) in amounts
    return told.casefold() in said


def _amounts(answer: Any) -> Iterator[int]:
    """Every amount of money in an answer, in minor units."""
    if isinstance(answer, list):
        for item in answer:
            yield from _amounts(item)
    elif isinstance(answer, dict):
        if answer.keys() == {"amount", "currency"}:
            yield answer["amount"]
        for value in answer.values():
            yield from _amounts(value)
