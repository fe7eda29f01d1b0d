"""What a transaction works out once is what it would work out again."""

from decimal import Decimal
from typing import Any

import pytest

from flint_domain.commands.after_payment import AmendOrder, MovePayment
from flint_domain.commands.coupons import ApplyCoupon, RemoveCoupon
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.gift_cards import IssueGiftCard
from flint_domain.commands.orders import CancelOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payments import PayOrder, TenderInput
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Order
from flint_domain.order.pricing import PRICED_BY, price
from flint_domain.unit_of_work.ports import Transaction
from flint_server.db.transaction import SqlTransaction
from tests.journeys.house import PRO_PLAN, START, SUPPORT, House


class Checked(dict[str, Standing]):
    """Where orders stand, compared with what their rows say at every look."""

    looks = 0

    def __init__(self, tx: Transaction) -> None:
        super().__init__()
        self._tx = tx

    def get(self, order_id: str, default: Any = None) -> Any:
        known = super().get(order_id, default)
        if known is not None:
            Checked.looks += 1
            stored = self._tx.order(order_id)
            assert stored is not None
            assert (known.order, known) == (stored, standing(stored))
        return known


async def test_an_order_that_was_saved_stands_where_its_row_does(shop: House, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = SqlTransaction.__init__

    def checking(tx: Any, *given: Any, **named: Any) -> None:
        opened(tx, *given, **named)
        tx.standings = Checked(tx)

    monkeypatch.setattr(SqlTransaction, "__init__", checking)
    card = (await shop.do(IssueGiftCard(money=Amount(amount=5_000))))["credit"]["accountId"]
    mugs = LineInput(name="Mug", quantity=Decimal("1.50"), unit_price=Amount(amount=1_000))
    order_id = (await shop.do(CreateOrder(lines=(PRO_PLAN, SUPPORT, mugs), tip=Amount(amount=7))))["orderId"]
    await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    await shop.do(RemoveCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    line_id = (await shop.read(order_id))["lineItems"][0]["lineItemId"]
    more = OrderUpdate(change=(LineChange(line_id=line_id, quantity=Decimal(2)),), note="two")
    await shop.do(UpdateOrder(order_id=order_id, update=more), "update")
    tenders = (TenderInput(source=card, money=Amount(amount=5_000)), TenderInput(source="tok_visa"))
    paid = await shop.do(PayOrder(order_id=order_id, tenders=tenders), "pay")
    await shop.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=500))))
    await shop.do(AmendOrder(order_id=order_id, update=OrderUpdate(tip=Amount(amount=900)), source="tok_visa"))
    await shop.do(MovePayment(payment_id=paid["payments"][1]["paymentIntentId"], source="tok_mastercard"))
    await shop.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    await shop.do(PayOrder(order_id=await shop.order_of(), sources=("tok_visa",)), dry_run=True)
    await shop.do(CancelOrder(order_id=await shop.paid_order()))
    assert Checked.looks > 40


def test_a_price_is_made_of_nothing_but_what_is_compared() -> None:
    read: set[str] = set()

    class Seen:
        def __getattr__(self, name: str) -> object:
            read.add(name)
            return getattr(order, name)

    order = Order(order_id="ord_1", merchant_id="mer_1", version=1, currency="USD", created_at=START, updated_at=START)
    seen: Any = Seen()
    assert price(seen) == price(order)
    assert read == set(PRICED_BY)
