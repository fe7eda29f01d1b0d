"""Facts are about a subject: an order, or what belongs to none; and they say whose call made them."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.webhooks import SaveWebhookEndpoint
from flint_domain.kernel.facts import Activity, By, Fact
from flint_domain.kernel.subjects import Subject, of_order
from flint_domain.queries.webhooks import ListWebhookDeliveries
from flint_domain.unit_of_work.ports import ReadTransaction, Transaction
from tests.journeys.house import PRO_PLAN, opened

pytestmark = pytest.mark.anyio

RENEWED = Fact("SUBSCRIPTION_RENEWED", "Renewed.", {"amount": 900})
SUBSCRIPTION = Subject("subscription", "sub_1")


def renewed(tx: Transaction) -> None:
    tx.add_facts(SUBSCRIPTION, 1, [RENEWED, replace(RENEWED, actor="worker")], By("agent", "ann"))
    tx.add_facts(SUBSCRIPTION, 2, [RENEWED], By("agent", "ann"))


def told(activities: list[Activity]) -> list[tuple[int, str, str]]:
    return [(each.version, each.actor, each.principal) for each in activities]


async def test_a_subject_without_an_order_has_a_trail_of_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        order_id = await house.order_of(PRO_PLAN)
        merchant_id, store = house.flint.merchant_id, house.sqlite
        await store.write(merchant_id, renewed)

        def read(tx: ReadTransaction) -> tuple[list[Activity], list[Activity], list[Activity]]:
            newest = tx.activities(SUBSCRIPTION, limit=1)
            older = tx.activities(SUBSCRIPTION, limit=9, before=newest[0].activity_id)
            return newest, older, tx.activities_since(SUBSCRIPTION, 0)

        newest, older, since = await store.read(merchant_id, read)
        assert told(newest) == [(2, "agent", "ann")]
        assert told(older) == [(1, "worker", "ann"), (1, "agent", "ann")]
        assert [*reversed(since)] == [*newest, *older]
        assert await house.trail(order_id) == ["ORDER_CREATED"]
        nobodys = Subject("order", "sub_1")  # the id alone names nothing
        assert await store.read(merchant_id, lambda tx: tx.activities(nobodys, limit=9)) == []


async def test_a_kind_of_subject_that_has_no_events_is_told_to_no_endpoint(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        await house.do(SaveWebhookEndpoint(url="https://hooks.example.com/all", events=("*",)))
        await house.sqlite.write(house.flint.merchant_id, renewed)
        assert (await house.ask(ListWebhookDeliveries()))["deliveries"] == []
        await house.order_of(PRO_PLAN)
        shown = (await house.ask(ListWebhookDeliveries()))["deliveries"]
        assert [delivery["eventType"] for delivery in shown] == ["order.updated", "order.created"]


async def test_facts_say_whose_call_made_them_and_that_answers_are_flints(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        house.caller = replace(house.caller, principal="ann")
        order_id = (await house.do(CreateOrder(lines=(PRO_PLAN,))))["orderId"]
        house.caller = replace(house.caller, principal="ben")
        await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
        trail = await house.sqlite.read(house.flint.merchant_id, lambda tx: tx.activities_since(of_order(order_id), 0))
        assert [(each.type, each.actor, each.principal) for each in trail] == [
            ("ORDER_CREATED", "agent", "ann"),
            ("PAYMENT_STARTED", "agent", "ben"),
            ("PAYMENT_CAPTURED", "processor", "flint"),
        ]
        with closing(sqlite3.connect(tmp_path / "flint.db")) as connection:
            about = connection.execute("SELECT DISTINCT subject_kind, subject_id, order_id FROM facts").fetchall()
        assert about == [("order", order_id, order_id)]
