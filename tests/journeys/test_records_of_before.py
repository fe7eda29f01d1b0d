"""Records that were made before commands had refs of their own: they show what they showed."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.after_payment import AmendOrder, MovePayment
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.gift_cards import IssueGiftCard
from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.commands.payment_methods import AddPaymentMethod
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.commands.tax_import import ImportTaxRates, TableRate
from flint_domain.commands.webhooks import RedeliverWebhook, SaveWebhookEndpoint
from flint_domain.customers.model import Profile
from flint_domain.importing.commands import ImportCustomers
from flint_domain.importing.model import CustomerRecord
from flint_domain.order.inputs import Amount, OrderUpdate
from flint_domain.unit_of_work.command import Command
from flint_server.db.packing import packed
from tests.journeys.house import SUPPORT, House, opened

# What a record kept of each command then: the kind, and the fields of all of them, empty but for the command's own.
KIND = {
    **dict.fromkeys(("create_order", "update_order", "apply_coupon"), "order"),
    "pay_order": "payment",
    "create_refund": "refund",
    **dict.fromkeys(("amend_order", "move_payment"), "amendment"),
    "create_coupon": "coupon",
    "save_customer": "customer",
    "add_payment_method": "payment_method",
    "save_item": "item",
    "adjust_inventory": "stock",
    "issue_gift_card": "credit",
    "save_tax_rate": "tax_rate",
    "import_tax_rates": "tax_import",
    **dict.fromkeys(("create_webhook_endpoint", "redeliver_webhook"), "webhook"),
    "import_customers": "import",
}
EMPTY: dict[str, Any] = {
    **dict.fromkeys(("order_id", "payment_id", "first_payment", "coupon_code", "tax_rate_id", "amendment_id")),
    **dict.fromkeys(("customer_id", "method_id", "item_id", "variant_id", "account_id", "endpoint_id", "delivery_id")),
    "refund_ids": [],
    "view": "summary",
    "warnings": [],
    "changes": [],
    "changed": None,
    "rows": [],
    "once": {},
}


def make_older(house: House) -> set[str]:
    """Write what every record keeps as the Flint of then did; the commands' names."""
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection, connection:
        rows = connection.execute("SELECT key, command, ref FROM idempotency_records").fetchall()
        for key, command, kept in rows:
            shown = {**EMPTY, "kind": KIND[command], **json.loads(kept)}
            assert shown.keys() == {"kind", *EMPTY}
            connection.execute("UPDATE idempotency_records SET ref = ? WHERE key = ?", (json.dumps(shown), key))
    return {command for _, command, _ in rows}


def forget_answers(house: House) -> None:
    """Give every record an answer of a shape that is not sent, so that its command shows itself."""
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection, connection:
        connection.execute(
            "UPDATE idempotency_records SET answer = ?", (packed(json.dumps({"shape": 1, "answer": {}})),)
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


async def test_a_record_of_every_kind_shows_what_it_showed(house: House) -> None:
    done: list[Command] = []

    async def do(command: Command) -> dict[str, Any]:
        done.append(command)
        return await house.do(command, f"key-{len(done)}")

    await do(SaveWebhookEndpoint(url="https://shop.example/hook"))
    saved = await do(SaveCustomer(profile=Profile(name="Ada", emails=("ada@example.com",))))
    customer_id = saved["customer"]["customerId"]
    order = await do(CreateOrder(lines=(SUPPORT,), customer_id=customer_id))
    order_id = order["orderId"]
    await do(UpdateOrder(order_id=order_id, update=OrderUpdate(tip=Amount(amount=100)), view="full"))
    await do(CreateCoupon(code="TEN", percent=Decimal(10)))
    await do(ApplyCoupon(order_id=order_id, coupon_code="TEN"))
    paid = await do(PayOrder(order_id=order_id, sources=("tok_chargeDeclined", "tok_visa")))
    await do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=500))))
    await do(AmendOrder(order_id=order_id, update=OrderUpdate(tip=Amount(amount=300)), source="tok_visa"))
    await do(MovePayment(payment_id=paid["payments"][-1]["paymentIntentId"], source="tok_mastercard"))
    await do(AddPaymentMethod(customer_id=customer_id, source="tok_visa"))
    item = VariantInput(sku="MUG", price=Amount(amount=900))
    await do(SaveItem(item_name="Mug", variants=(item,)))
    await do(AdjustInventory(sku="MUG", count=Decimal(3), reason="counted"))
    await do(IssueGiftCard(money=Amount(amount=5000)))
    await do(SaveTaxRate(rate_name="Sales tax", percent=Decimal(8)))
    rate = TableRate(country="DE", name="MwSt", percent=Decimal(19))
    await do(ImportTaxRates(source="table", countries=("DE",), rates=(rate,), inclusive=True))
    await do(ImportCustomers(records=(CustomerRecord(reference="c-1", profile=Profile(name="Bo")),)))
    deliveries = await house.sqlite.due_deliveries(lambda *_: 1)
    await do(RedeliverWebhook(delivery_id=deliveries[0].delivery_id))

    keys = [f"key-{number + 1}" for number in range(len(done))]
    forget_answers(house)
    now = [await house.do(command, key) for command, key in zip(done, keys, strict=True)]
    assert make_older(house) == KIND.keys()
    assert [await house.do(command, key) for command, key in zip(done, keys, strict=True)] == now
    changed = now[3]["changes"]
    told = [(change["what"], change["after"]) for change in changed]
    assert told == [("tipMoney", "1.00 USD"), ("totalMoney", "30.00 USD")]
