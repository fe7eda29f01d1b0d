"""`flint export` gives back what `flint import` takes, byte by byte."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flint_server.db.migrations.upgrade import migrate
from flint_server.db.sqlite.connections import migration_engine
from tests.server.db.test_customers_who_are_twins import BEFORE, fill
from tests.server.importing.given import EXAMPLES, KINDS, Moved, exported
from tests.server.running import flint
from tests.tools.agent import Agent, at_work, usd


def moved_in(data: Path, folder: Path) -> None:
    for form in ("csv", "jsonl"):
        for kind in KINDS:
            path = folder / f"{kind}.{form}"
            path.write_text(EXAMPLES[kind, form])
            assert Moved(data, path, kind).code == 0


def moved_on(data: Path, to: Path, form: str) -> list[tuple[str, str]]:
    """Export everything, import it into an empty folder, and export it there: what both say, by kind."""
    both: list[tuple[str, str]] = []
    for kind in KINDS:
        first = exported(data, kind, form)
        path = to.parent / f"moving-{kind}.{form}"
        path.write_text(first, encoding="utf-8")
        moved = Moved(to, path, kind)
        assert moved.code == 0, moved.said
        both.append((first, exported(to, kind, form)))
    return both


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_exported_imported_and_exported_again_the_files_are_the_same(tmp_path: Path, form: str) -> None:
    moved_in(tmp_path / "data", tmp_path)
    for first, second in moved_on(tmp_path / "data", tmp_path / "other", form):
        assert first.count("\n") > 1
        assert second == first


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_what_was_made_here_moves_with_all_its_amounts(tmp_path: Path, form: str) -> None:
    async with at_work(tmp_path / "data") as agent:
        orders = await lived_in(agent)
    import anyio.to_thread

    both = await anyio.to_thread.run_sync(moved_on, tmp_path / "data", tmp_path / "other", form)
    for first, second in both:
        assert second == first
    async with at_work(tmp_path / "other") as agent:
        for order in orders:
            name = f"flint.{order['orderId']}"
            [found] = (await agent.call("search_orders", query=name))["orders"]
            there = await agent.call("get_order", orderId=found["orderId"], view="full")
            for amount in ("totalMoney",):
                assert there["pricingAmounts"][amount] == order["pricingAmounts"][amount]
            for amount in ("paidMoney", "refundedMoney", "outstandingMoney"):
                assert there["settlementAmounts"][amount] == order["settlementAmounts"][amount]
            assert there["status"] == order["status"]
            assert there.get("cancelReason") == order.get("cancelReason")
            assert there["fulfillmentStatus"] == order["fulfillmentStatus"]


async def lived_in(agent: Agent) -> list[dict[str, Any]]:
    """A shop with records that have no references of their own, and orders of every kind, as they ended."""
    await agent.prepare()
    ada = (await agent.call("save_customer", name="Ada", emails=["ada@example.com"]))["customer"]["customerId"]
    shirt = await agent.call(
        "save_item",
        name="Shirt",
        variants=[
            {"options": {"size": size}, "priceMoney": usd(price), "tracked": True}
            for size, price in (("S", 1999), ("M", 2099))
        ],
    )
    small, medium = (each["variantId"] for each in shirt["item"]["variants"])
    for variant in (small, medium):
        await agent.call("adjust_inventory", variantId=variant, count=10, reason="counted")
    lines = [
        {"itemId": small, "quantity": 2, "modifiers": [{"name": "Print", "amountMoney": usd(333)}]},
        {"name": "Wool", "unitPriceMoney": usd(777), "quantity": "1.5", "discountPercent": "12.5"},
    ]
    charged = {"charges": [{"name": "Shipping", "amountMoney": usd(499), "taxable": True}], "tipMoney": usd(150)}
    plain = await agent.order(lineItems=lines, customerId=ada, **charged)
    await agent.call("apply_coupon", orderId=plain["orderId"], couponCode="LAUNCH20")
    await pay(agent, plain)
    await agent.call("fulfill_order", orderId=plain["orderId"], status="DELIVERED")
    read = await agent.call("get_order", orderId=plain["orderId"])
    await agent.call(
        "return_items",
        orderId=plain["orderId"],
        lines=[{"lineItemId": read["lineItems"][0]["lineItemId"], "quantity": 1}],
    )
    exchanged = await pay(agent, await agent.order(lineItems=[{"itemId": small}], customerId=ada))
    await agent.call("fulfill_order", orderId=exchanged, status="DELIVERED")
    read = await agent.call("get_order", orderId=exchanged)
    await agent.call(
        "return_items",
        orderId=exchanged,
        lines=[{"lineItemId": read["lineItems"][0]["lineItemId"], "replacement": {"itemId": medium}}],
        paymentSourceToken="tok_visa",
    )
    amended = await pay(agent, await agent.order())
    read = await agent.call("get_order", orderId=amended)
    await agent.call("amend_order", orderId=amended, removeLineItemIds=[read["lineItems"][1]["lineItemId"]])
    canceled = await pay(agent, await agent.order())
    await agent.call("cancel_order", orderId=canceled, reason='ordered "twice"; too late')
    kept = await pay(agent, await agent.order())
    await agent.call("fulfill_order", orderId=kept, status="DELIVERED")
    read = await agent.call("get_order", orderId=kept)
    back = [{"lineItemId": read["lineItems"][0]["lineItemId"]}]
    fee = {"amount": 1500, "name": "Return shipping"}
    await agent.call("return_items", orderId=kept, lines=back, keepMoney=fee)
    closed = await pay(agent, await agent.order(note="two\nlines", metadata={"a;b": 'c,"d"'}))
    await agent.call("close_order", orderId=closed)
    gift = (await agent.call("issue_gift_card", amountMoney=usd(500)))["code"]
    both = await agent.order()
    tenders = [{"source": gift, "amountMoney": {"amount": 500}}, {"source": "tok_visa"}]
    await agent.call("pay_order", orderId=both["orderId"], tenders=tenders)
    unpaid = (await agent.order(customerId="only-ours"))["orderId"]
    return [
        await agent.call("get_order", orderId=order_id, view="full")
        for order_id in (plain["orderId"], exchanged, amended, canceled, kept, closed, both["orderId"], unpaid)
    ]


async def pay(agent: Agent, order: dict[str, Any]) -> str:
    await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
    return order["orderId"]


async def test_an_export_imported_where_it_came_from_changes_nothing(tmp_path: Path) -> None:
    async with at_work(tmp_path / "data") as agent:
        await lived_in(agent)
    import anyio.to_thread

    def again() -> None:
        for form in ("csv", "jsonl"):
            for kind in KINDS:
                text = exported(tmp_path / "data", kind, form)
                path = tmp_path / f"{kind}.{form}"
                path.write_text(text, encoding="utf-8")
                moved = Moved(tmp_path / "data", path, kind)
                count = {"customers": 1, "items": 1, "orders": 8}[kind]
                assert (moved.code, moved.counts) == (0, (count, 0, 0, count, 0)), moved.said

    await anyio.to_thread.run_sync(again)


def test_an_export_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "flint.db").write_text("a shopping list")
    target = tmp_path / "orders.csv"
    target.write_text("yesterday's")
    result = flint("export", "--kind", "orders", "--data", tmp_path, "-o", target)
    assert result.exit_code == 2
    assert target.read_text() == "yesterday's"
    assert not (tmp_path / "orders.csv.part").exists()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "flint.db").touch()
    missing = flint("export", "--kind", "orders", "--data", tmp_path / "d", "-o", tmp_path / "no" / "orders.csv")
    assert (missing.exit_code, "cannot be written" in missing.output) == (2, True)


def test_a_folder_that_does_not_exist_is_not_made_by_reading_it(tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        result = flint("export", "--kind", "orders", "--data", folder, "-o", tmp_path / "orders.csv")
        assert (result.exit_code, result.stderr) == (
            2,
            f"Error: There is no data of Flint's in {folder}.\nName its folder with --data.\n",
        )
    assert list(tmp_path.iterdir()) == []


def test_an_empty_shop_exports_files_that_go_in(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "flint.db").touch()
    for kind in KINDS:
        assert exported(tmp_path / "data", kind, "jsonl") == ""
        path = tmp_path / f"{kind}.csv"
        path.write_text(exported(tmp_path / "data", kind, "csv"))
        assert json.dumps(Moved(tmp_path / "data", path, kind).counts) == "[0, 0, 0, 0, 0]"


def test_what_was_written_is_counted_in_words_that_fit(tmp_path: Path) -> None:
    path, data = tmp_path / "file.csv", tmp_path / "data"
    for content, said in (("a,Mug,7.50\n", "1 item written.\n"), ("b,Cup,7.50\n", "2 items written.\n")):
        path.write_text(f"reference,name,price\n{content}")
        assert Moved(data, path, "items").code == 0
        assert flint("export", "--kind", "items", "--data", data).stderr == said


def test_the_processors_key_is_not_needed_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved_in(tmp_path / "data", tmp_path)
    (tmp_path / "data" / "simulator.db").unlink()
    monkeypatch.setenv("FLINT_STRIPE_KEY", "sk_nothing")
    assert exported(tmp_path / "data", "orders", "jsonl").count("\n") == 3
    assert not (tmp_path / "data" / "simulator.db").exists()


def of_an_older_flint(folder: Path, revision: str = BEFORE) -> Path:
    """A data file that an older Flint has left."""
    folder.mkdir()
    engine = migration_engine(folder / "flint.db", 50)
    with engine.begin() as connection:
        migrate(connection, BEFORE)
    engine.dispose()
    with closing(sqlite3.connect(folder / "flint.db")) as driver, driver:
        fill(driver)
        driver.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    return folder / "flint.db"


def test_data_of_an_older_flint_is_exported_and_stays_as_it_is(tmp_path: Path) -> None:
    data = of_an_older_flint(tmp_path / "data")
    before, target = data.read_bytes(), tmp_path / "orders.jsonl"
    result = flint("export", "--kind", "orders", "--data", data.parent, "-o", target)
    assert (result.exit_code, result.stderr.splitlines()) == (
        0,
        [f"{data} is of an older Flint ({BEFORE}): it stays so, and a copy is exported.", "4 orders written."],
    )
    assert [json.loads(line)["customerId"] for line in target.read_text().splitlines()] == [
        *("CRM-1", "crm-1", "Crm-1", "crm-1")
    ]
    assert data.read_bytes() == before
    assert [path.name for path in data.parent.iterdir()] == ["flint.db"]


def test_data_of_a_newer_flint_is_refused_by_its_own_name(tmp_path: Path) -> None:
    data = of_an_older_flint(tmp_path / "data", "9999")
    before = data.read_bytes()
    result = flint("export", "--kind", "orders", "--data", data.parent, "-o", tmp_path / "orders.jsonl")
    assert result.exit_code == 2
    assert f"The data file {data} was written by a newer Flint: it is at revision 9999" in result.stderr
    assert data.read_bytes() == before
