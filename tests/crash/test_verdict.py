"""The verdict's own checks notice books that do not add up: each is shown a shop that somebody has tampered with."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flint_domain.kernel.callers import LOCAL
from flint_server.composition import open_application
from flint_server.places import DATABASE_FILE, LEDGER_FILE
from flint_server.settings import Settings
from flint_tools.selection import select
from flint_tools.server import call
from tests.crash import changes, keeping
from tests.crash.buying import prepare, usd
from tests.crash.files import Files, read_files
from tests.crash.street import Notebook, mark

TOOLS = select(("all",), (), read_only=False)

Check = Callable[[Files, Notebook], Iterable[object]]


@pytest.fixture
async def notes(folder: Path) -> Notebook:
    """A shop in which one order was paid with a gift card and a saved card, made dearer, and paid otherwise."""
    notes, shop = Notebook(), folder / "shop"
    shop.mkdir()
    await prepare(shop)
    async with open_application(Settings(folder=shop, toolsets=("all",))) as application:

        async def ask(tool: str, **arguments: Any) -> dict[str, Any]:
            key = f"{tool}-{len(notes.asked)}"
            arguments |= mark(tool, key)
            notes.asked[key] = (tool, arguments)
            result = await call(application.flint, TOOLS, tool, {**arguments, "idempotencyKey": key}, LOCAL)
            assert not result.is_error, result.content
            assert result.structured_content is not None
            return result.structured_content

        gift = await ask("issue_gift_card", amountMoney=usd(5_000))
        saved = await ask("add_payment_method", customerId="buyer_1", paymentSourceToken="tok_visa")
        lines = [{"name": "Plan", "unitPriceMoney": usd(9_900)}, {"itemId": "SCARF", "quantity": 2}]
        order = await ask("create_order", customerId="buyer_1", lineItems=lines)
        total = order["pricingAmounts"]["totalMoney"]["amount"]
        sources = [gift["credit"]["accountId"], saved["paymentMethod"]["paymentMethodId"]]
        tenders = [
            {"source": source, "amountMoney": usd(amount)}
            for source, amount in zip(sources, (5_000, total - 5_000), strict=True)
        ]
        paid = await ask("pay_order", orderId=order["orderId"], tenders=tenders)
        dearer = [{"lineItemId": order["lineItems"][0]["lineItemId"], "unitPriceMoney": usd(12_000)}]
        await ask("amend_order", orderId=order["orderId"], lineItems=dearer, paymentSourceToken="tok_mastercard")
        card = paid["payments"][-1]["paymentIntentId"]
        await ask("move_payment", paymentIntentId=card, paymentSourceToken="tok_amex")
    return notes


def made_twice(files: Files, _: Notebook) -> Iterable[object]:
    return [made for made, count in Counter(keeping.marks(files)).items() if count > 1]


CHECKS: dict[str, Check] = {
    "wrong balances": lambda files, _: keeping.wrong_balances(files),
    "wrong stock": lambda files, _: keeping.wrong_stock(files),
    "attached twice": lambda files, _: keeping.attached_twice(files),
    "made twice": made_twice,
    "changes half made": changes.half_made,
    "given back first": lambda files, _: changes.given_back_first(files),
}


def found(folder: Path, notes: Notebook) -> set[str]:
    files = read_files(folder)
    return {violation for violation, check in CHECKS.items() if list(check(files, notes))}


TAMPERINGS = [
    ("wrong balances", DATABASE_FILE, "UPDATE gift_card_accounts SET balance = balance + 1"),
    ("wrong balances", DATABASE_FILE, "DELETE FROM gift_card_entries WHERE kind = 'spent'"),
    ("wrong stock", DATABASE_FILE, "UPDATE stock SET available = available + 10000"),
    ("wrong stock", DATABASE_FILE, "UPDATE stock_changes SET sold = 0 WHERE reason = 'sold'"),
    ("wrong stock", DATABASE_FILE, "UPDATE orders SET body = json_remove(body, '$.stock')"),
    (
        "attached twice",
        LEDGER_FILE,
        "INSERT INTO methods (reference, customer, merchant_id, method_id, test_value, status)"
        " SELECT 'again', customer, merchant_id, method_id, test_value, status FROM methods",
    ),
    ("attached twice", LEDGER_FILE, "UPDATE methods SET status = 'detached'"),
    (
        "made twice",
        DATABASE_FILE,
        "INSERT INTO gift_card_accounts (id, merchant_id, version, kind, currency, balance, schema, body)"
        " SELECT 'gift_again', merchant_id, version, kind, currency, 0, schema, body FROM gift_card_accounts",
    ),
    ("changes half made", DATABASE_FILE, "UPDATE orders SET body = json_set(body, '$.lines[0].unit_price', 9900)"),
    (
        "changes half made",
        DATABASE_FILE,
        "UPDATE orders SET body = json_set(body, '$.amendments[0].state', 'dropped')",
    ),
    ("given back first", DATABASE_FILE, "UPDATE orders SET body = json_remove(body, '$.amendments[1].payment_id')"),
]


async def test_nothing_is_found_in_books_that_are_in_order_and_every_tampering_is(
    folder: Path, notes: Notebook
) -> None:
    shop = folder / "shop"
    assert found(shop, notes) == set()
    for number, (violation, file, tampering) in enumerate(TAMPERINGS):
        copy = folder / str(number)
        shutil.copytree(shop, copy)
        with closing(sqlite3.connect(copy / file, isolation_level=None)) as connection:
            connection.execute(tampering)
        assert violation in found(copy, notes), tampering
