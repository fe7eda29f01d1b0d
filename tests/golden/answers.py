"""Everything that can be asked of the golden folder, and what is answered: before it is taken on, and afterwards."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio.to_thread

from flint_server.db.ids import earliest
from tests.golden.house import House, opened
from tests.server.running import flint

LATER = timedelta(minutes=20)  # every lease has run out by then, and no hold of money
WORDS = ("mug", "ann mueller", "gift wrap", "zoltan", "4242", "a-1000", "crm-7", "ch_3", "nothing like it", "pi_")
VIEWS = ("summary", "full", "timeline", "money")

Call = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to ask what and when. open are the keys whose calls are still on their way, closed all others."""

    at: str
    merchants: dict[str, dict[str, list[str]]]  # the ids of each, by their kind
    closed: list[Call]
    open: list[Call]


def asked_of(path: Path, calls: list[Call], ended: datetime) -> Asked:
    """What to ask of a data file that these calls made."""
    with closing(sqlite3.connect(path)) as connection:
        unsettled = "SELECT merchant_id, receipt_key FROM transfers WHERE state NOT IN ('succeeded', 'declined')"
        on_way = set(connection.execute(unsettled))
        merchants = {
            merchant: _ids(connection, merchant) for (merchant,) in connection.execute("SELECT id FROM merchants")
        }
    is_open = [(merchant, arguments["idempotencyKey"]) in on_way for merchant, _, arguments in calls]
    return Asked(
        at=(ended + LATER).isoformat(),
        merchants=merchants,
        closed=[call for call, on in zip(calls, is_open, strict=True) if not on],
        open=[call for call, on in zip(calls, is_open, strict=True) if on],
    )


def _ids(connection: sqlite3.Connection, merchant_id: str) -> dict[str, list[str]]:
    tables = {
        "ord": "SELECT id FROM orders WHERE merchant_id = ?",
        "pi": "SELECT json_extract(p.value, '$.payment_id') FROM orders, json_each(orders.body, '$.payments') p "
        "WHERE merchant_id = ?",
        "ref": "SELECT json_extract(r.value, '$.refund_id') FROM orders, json_each(orders.body, '$.refunds') r "
        "WHERE merchant_id = ?",
        "cus": "SELECT id FROM customers WHERE merchant_id = ?",
        "item": "SELECT id FROM items WHERE merchant_id = ?",
        "account": "SELECT id FROM credit_accounts WHERE merchant_id = ?",
        "endpoint": "SELECT id FROM webhook_endpoints WHERE merchant_id = ?",
        "coupon": "SELECT json_extract(body, '$.code') FROM coupons WHERE merchant_id = ?",
    }
    return {kind: [row[0] for row in connection.execute(query, (merchant_id,))] for kind, query in tables.items()}


async def everything(folder: Path, asked: Asked) -> dict[str, Any]:
    """Every read and every replay: as the folder lies there; once recovery has taken on what was open; and by sending
    again what was open, with nobody else there to take it on."""
    answers: dict[str, Any] = {"asked": _plain(asked)}
    at = datetime.fromisoformat(asked.at)
    files = _contents(folder)
    async with opened(folder, at, number=2) as house:
        answers["read"] = await _reads(house, asked, _all)
        answers["resources"] = await _resources(house, asked)
        answers["replayed"] = await _sent_again(house, asked.closed)
        answers["recovered"] = await house.recover()
        answers["heard"] = await house.taxed.flint.hear()
        answers["read after recovery"] = await _reads(house, asked, _changed_by_recovery)
        answers["replayed after recovery"] = await _sent_again(house, [*asked.open, *asked.closed])
    answers["exported"] = await anyio.to_thread.run_sync(exported, folder)
    _put_back(folder, files)
    async with opened(folder, at, number=3) as house:
        answers["open sent again"] = await _sent_again(house, asked.open)
        answers["read after that"] = await _reads(house, asked, _changed_by_recovery)
    return {name: _without_new_ids(answer, at) for name, answer in answers.items()}


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.iterdir()}


def _put_back(folder: Path, files: dict[Path, bytes]) -> None:
    for path in folder.iterdir():
        path.unlink()
    for path, content in files.items():
        path.write_bytes(content)


def asked_before(answers: dict[str, Any]) -> Asked:
    """What was asked when these answers were written down."""
    return Asked(**answers["asked"])


def _plain(asked: Asked) -> dict[str, Any]:
    fields = {name: getattr(asked, name) for name in Asked.__slots__}
    return json.loads(json.dumps(fields))


Ids = dict[str, list[str]]
Questions = Callable[[Ids], list[tuple[str, dict[str, Any]]]]


async def _reads(house: House, asked: Asked, questions: Questions) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for merchant_id, ids in asked.merchants.items():
        agent = house.agents[merchant_id]
        for tool, arguments in questions(ids):
            said = f"{merchant_id} {tool} {json.dumps(arguments, sort_keys=True)}"
            answers[said] = await agent.answer(tool, arguments)
            while (cursor := answers[said].get("nextCursor")) is not None:
                said = f"{said} and on"
                answers[said] = await agent.answer(tool, {**arguments, "cursor": cursor})
    return answers


async def _resources(house: House, asked: Asked) -> dict[str, Any]:
    return {
        f"{merchant_id} {address}": await house.agents[merchant_id].resource(address)
        for merchant_id, ids in asked.merchants.items()
        for address in _addresses(ids)
    }


def _changed_by_recovery(ids: Ids) -> list[tuple[str, dict[str, Any]]]:
    return [
        *(("get_order", {"orderId": each, "view": view}) for each in ids["ord"] for view in ("full", "timeline")),
        *(("get_customer", {"customerId": each}) for each in ids["cus"]),
        *(("get_gift_card", {"accountId": each}) for each in ids["account"]),
    ]


def _all(ids: Ids) -> list[tuple[str, dict[str, Any]]]:
    filters: list[dict[str, Any]] = [{}, {"limit": 7}, *({"query": word} for word in WORDS)]
    orders = [
        *filters,
        *({"status": each} for each in ("OPEN", "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "CLOSED", "CANCELED")),
        *({"paymentStatus": each} for each in ("UNPAID", "AUTHORIZED", "PARTIALLY_PAID", "PAID")),
        *({"fulfillmentStatus": each} for each in ("UNFULFILLED", "PARTIALLY_FULFILLED", "FULFILLED", "DELIVERED")),
        *({"customerId": each} for each in (*ids["cus"], "crm-7", "CRM-7", "nobody-we-know")),
        {"needsAttention": True},
        {"createdBefore": "2024-06-01T00:00:00Z"},
        {"createdBefore": "2026-01-01T00:00:00Z", "createdAfter": "2024-05-01T00:00:00Z", "limit": 2},
        {"createdAfter": "2026-10-01T09:20:00Z", "status": "PAID"},
    ]
    deliveries = [
        *({"status": each} for each in ("waiting", "pending", "sending", "delivered", "failed")),
        *({"endpointId": each, "limit": 30} for each in ids["endpoint"]),
        {"orderId": ids["ord"][0]},
        {"eventType": "payment.captured"},
    ]
    return [
        *(("get_order", {"orderId": each, "view": view}) for each in ids["ord"] for view in VIEWS),
        *(("get_payment", {"paymentIntentId": each}) for each in ids["pi"]),
        *(("get_refund", {"refundId": each}) for each in ids["ref"]),
        *(("quote_refund", {"orderId": each}) for each in ids["ord"]),
        *(("get_customer", {"customerId": each}) for each in (*ids["cus"], "crm-7", "CRM-7", "zoltan-f")),
        *(("get_gift_card", {"accountId": each}) for each in ids["account"]),
        *(("search_orders", each) for each in orders),
        *(("search_customers", each) for each in [*filters, {"email": "ann@example.com"}, {"postalCode": "94607"}]),
        *(
            ("search_items", each)
            for each in [*filters, {"includeInactive": True}, {"inStock": True}, {"lowStock": True}]
        ),
        *(("search_items", {"itemId": each}) for each in (*ids["item"], "MUG-1", "mug", "SHIRT-S")),
        *(("search_coupons", each) for each in ({}, {"active": True}, {"query": "i", "limit": 1})),
        *(("list_tax_rates", each) for each in ({}, {"country": "US"})),
        *(("list_webhook_endpoints", each) for each in ({}, {"enabled": False})),
        *(("list_webhook_deliveries", each) for each in deliveries),
    ]


def _addresses(ids: Ids) -> list[str]:
    some = {kind: found[:: max(1, len(found) // 5)] for kind, found in ids.items()}
    return [
        *(f"flint://orders/{each}" for each in some["ord"]),
        *(f"flint://orders/{each}/activities" for each in some["ord"]),
        *(f"flint://payments/{each}" for each in some["pi"]),
        *(f"flint://refunds/{each}" for each in some["ref"]),
        *(f"flint://customers/{each}" for each in some["cus"]),
        *(f"flint://items/{each}" for each in some["item"]),
        *(f"flint://coupons/{each}" for each in ids["coupon"]),
    ]


async def _sent_again(house: House, calls: list[Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for merchant_id, tool, arguments in calls:
        said = f"{merchant_id} {arguments['idempotencyKey']}"
        answers[said] = await house.agents[merchant_id].answer(tool, arguments)
    return answers


def exported(folder: Path) -> dict[str, str]:
    """What `flint export` writes of the folder."""
    written: dict[str, str] = {}
    for kind in ("customers", "items", "orders"):
        path = folder / f"{kind}.jsonl"
        result = flint("export", "--kind", kind, "--data", folder, "-o", path)
        assert result.exit_code == 0, result.output
        written[kind] = path.read_text(encoding="utf-8")
    return written


def _without_new_ids(answer: Any, at: datetime) -> Any:
    """The answer with a number for each id that was made after the story: ids count on by how many are asked for, which
    no promise covers."""
    numbers: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"{match[1]}_new{len(numbers) + 1}")

    moment = earliest("ord", at).removeprefix("ord_")[:10]
    text = json.dumps(answer, ensure_ascii=False, sort_keys=True)
    return json.loads(re.sub(rf"\b([a-z]+)_{moment}[0-9A-Z]{{16}}\b", numbered, text))
