"""A process that dies between Stripe's answer and its own books has charged once, and what comes after finds it."""

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
import stripe

from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.engine.flint import Call, Flint
from flint_domain.engine.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.queries.orders import GetOrder
from flint_domain.unit_of_work.work import LEASE
from flint_server.clock import SteppingClock
from flint_server.db import DEFAULT_MERCHANT_ID, Ulids, open_store
from flint_server.processors.stripe.processor import StripeProcessor
from tests.contracts.stripe_bench import WatchingClient

ROOT = Path(__file__).resolve().parent.parent.parent
PAYMENT_METHOD, PAYMENT_INTENT = "/v1/payment_methods", "/v1/payment_intents"
SECOND = timedelta(seconds=1)


@asynccontextmanager
async def opened(folder: Path, account: str, after: timedelta) -> AsyncIterator[tuple[Flint, WatchingClient]]:
    """Flint on this folder, this long from now."""
    clock, wire = SteppingClock(datetime.now(UTC) + after), WatchingClient(spec=None)
    store = open_store(folder / "flint.db", clock, Ulids())
    processor = StripeProcessor("sk_test_flint", clock=clock, base_address=account, http_client=wire)
    try:
        yield Flint(store, processor, DEFAULT_MERCHANT_ID), wire
    finally:
        await store.close()


async def order_left_by_a_killed_process(folder: Path, account: str, last_path: str) -> str:
    """The id of an order whose payment was under way when its process was killed at the answer to last_path."""
    async with opened(folder, account, timedelta(0)) as (flint, _):
        created = await flint.execute(CreateOrder(lines=(LineInput(name="Plan", unit_price=Amount(amount=9900)),)))
    order_id: str = created["orderId"]
    child = [sys.executable, "-m", "tests.contracts.stripe_mortal", str(folder), account, order_id, last_path]
    died = await anyio.run_process(child, cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    return order_id


def payments_at(account: str) -> list[dict[str, Any]]:
    client = stripe.StripeClient("sk_test_flint", base_addresses={"api": account})
    return [payment.to_dict() for payment in client.v1.payment_intents.list({"limit": 100}).data]


@pytest.mark.anyio
@pytest.mark.parametrize("last_path", [PAYMENT_METHOD, PAYMENT_INTENT])
@pytest.mark.promise("P9")
async def test_the_same_call_after_a_kill_comes_to_the_same_payment(
    tmp_path: Path, stripe_account: str, last_path: str
):
    order_id = await order_left_by_a_killed_process(tmp_path, stripe_account, last_path)
    before = payments_at(stripe_account)
    async with opened(tmp_path, stripe_account, LEASE + SECOND) as (flint, wire):
        paid = await flint.execute(PayOrder(order_id=order_id, sources=("tok_visa",)), Call(key="pay-1"))
        assert paid["order"]["paymentStatus"] == "PAID"
        order = await flint.ask(GetOrder(order_id=order_id, view="full"))
    assert order["settlementAmounts"]["paidMoney"] == {"amount": 9900, "currency": "USD"}
    (payment,) = payments_at(stripe_account)
    assert (payment["status"], payment["amount_received"]) == ("succeeded", 9900)
    assert before == ([] if last_path == PAYMENT_METHOD else [payment])
    # The token works once: it is sent again under the key that made the PaymentMethod, and makes the same one.
    keys = [headers["Idempotency-Key"] for method, _, headers, _ in wire.sent if method == "POST"]
    assert [key.rpartition(":")[2] for key in keys] == ["pm", "1"]


@pytest.mark.anyio
async def test_once_the_key_may_be_forgotten_the_payment_is_found_and_not_asked_for(
    tmp_path: Path, stripe_account: str
):
    order_id = await order_left_by_a_killed_process(tmp_path, stripe_account, PAYMENT_INTENT)
    async with opened(tmp_path, stripe_account, KEY_FORGOTTEN_AFTER + SECOND) as (flint, wire):
        assert await flint.recover() == 1
        order = await flint.ask(GetOrder(order_id=order_id, view="summary"))
        assert order["paymentStatus"] == "PAID"
    assert [method for method, _, _, _ in wire.sent] == ["GET"]
    assert len(payments_at(stripe_account)) == 1
