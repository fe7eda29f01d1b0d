"""`flint import`: every good record goes in once, every bad one is told and kept aside."""

import json
import sqlite3
import subprocess
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from tests.server.importing.given import EXAMPLES, KINDS, ORDER, Moved, exported, order_row, orders_file, rows
from tests.server.running import FLINT, flint, flint_process, until


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_the_guides_files_go_in_and_a_second_time_change_nothing(tmp_path: Path, data: Path) -> None:
    assert len(EXAMPLES) == 6
    for turn in ("made", "there already"):
        for form in ("csv", "jsonl"):
            for kind in KINDS:
                path = tmp_path / f"{kind}.{form}"
                path.write_text(EXAMPLES[kind, form])
                moved = Moved(data, path, kind)
                count = 2 if form == "csv" else 1
                assert (moved.code, moved.said.count("\n")) == (0, 1), moved.said
                assert moved.counts == ((count, count, 0, 0, 0) if turn == "made" else (count, 0, 0, count, 0))
    assert rows(data, "SELECT reference_key, status, fulfillment_status, total, paid, refunded FROM orders") == [
        ("1001", "PARTIALLY_REFUNDED", "DELIVERED", 3508, 3508, 1242),
        ("1002", "CANCELED", "UNFULFILLED", 750, 0, 0),
        ("1003", "PAID", "FULFILLED", 1100, 1100, 0),
    ]
    assert rows(data, "SELECT available FROM stock ORDER BY available") == [(120_000,), (250_000,), (400_000,)]


def test_bad_rows_are_told_by_line_and_column_and_the_others_go_in(tmp_path: Path, data: Path) -> None:
    path = orders_file(
        tmp_path,
        order_row("1"),
        order_row("2", "10.555", total="10.50"),
        order_row("3", quantity="many"),
        order_row("4", total="9.99"),
        "5,2025-01-02T10:00:00Z,USD",
        order_row("6"),
        order_row("six\t6"),
        order_row("8").replace("USD", "GLD"),
        order_row("7").replace("2025", "2999"),
    )
    moved = Moved(data, path, "orders")
    assert (moved.code, moved.counts) == (1, (9, 2, 0, 0, 7))
    assert moved.told == [
        'Line 3, unitPrice: "10.555" has two readings: 10 and a part, or 10555. Write "10555". [invalid_money]',
        'Line 3, paymentAmount: "10.555" has two readings: 10 and a part, or 10555. Write "10555". [invalid_money]',
        'Line 4, quantity: Quantity "many" is not a decimal number. Write a number, such as 2 or 1.5. '
        "[invalid_argument]",
        "Line 5, total: The order comes to 10.00 USD, not 9.99 USD. Compare quantities, prices, discounts, taxes and "
        "charges with the original; where it rounded taxes in another way, give the tax of each line, too. "
        "[amount_changed]",
        "Line 6: The row has 3 cells, and the first line names 9 columns. Add the commas of empty cells, or put cells "
        "with commas in them into quotes. [invalid_argument]",
        "Line 8, reference: There is U+0009 (TAB) at character 4. Write it in one line. [invalid_argument]",
        'Line 9, currency: "GLD" is not a currency with a minor unit in ISO 4217. Write three capital letters, such '
        "as USD. [invalid_money]",
        "Line 10, createdAt: 2999-01-02 10:00 has not come yet. Give the time at which it happened. [invalid_argument]",
    ]
    assert rows(data, "SELECT reference_key FROM orders") == [("1",), ("6",)]


def test_the_rejected_are_kept_as_they_were_and_go_in_once_they_are_mended(tmp_path: Path, data: Path) -> None:
    path = orders_file(tmp_path, order_row("1"), order_row("2", quantity="1x", total=""), "3,2025-01-02T10:00:00Z,USD")
    assert Moved(data, path, "orders").code == 1
    kept = tmp_path / "orders.rejects.csv"
    header, second, third = kept.read_text(encoding="utf-8-sig").splitlines()
    assert header == f"{ORDER},error"
    assert second.startswith(f'{order_row("2", quantity="1x", total="")},"quantity: Quantity ""1x"" is not a decimal')
    assert third.startswith('3,2025-01-02T10:00:00Z,USD,,,,,,,"The row has 3 cells, and')
    kept.write_text(kept.read_text().replace(",1x,", ",1,"))
    again = Moved(data, kept, "orders")
    assert (again.code, again.counts) == (1, (2, 1, 0, 0, 1))
    assert (tmp_path / "orders.rejects.rejects.csv").read_text().count("error") == 1


def test_rejected_lines_of_json_are_kept_too_and_nobodys_work_is_overwritten(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "customers.jsonl"
    path.write_text('{"reference": "a", "nam": "Ada"}\nno object\n\n[1]\n{"reference": "b", "name": "Ben"}\n')
    moved = Moved(data, path, "customers")
    assert (moved.code, moved.counts) == (1, (4, 1, 0, 0, 3))
    assert moved.told[0] == ('Line 1, nam: "nam" is not a field of this record. Did you mean name? [invalid_argument]')
    kept = [json.loads(line) for line in (tmp_path / "customers.rejects.jsonl").read_text().splitlines()]
    assert [{name: value for name, value in each.items() if name != "error"} for each in kept] == [
        {"reference": "a", "nam": "Ada"},
        {"raw": "no object"},
        {"raw": "[1]"},
    ]
    Moved(data, path, "customers")
    assert (tmp_path / "customers.rejects-2.jsonl").exists()


def test_an_order_with_a_broken_row_is_rejected_as_a_whole(tmp_path: Path, data: Path) -> None:
    path = orders_file(
        tmp_path,
        order_row("1", total=""),
        '1,,,,"Second" thing,1,5.00,,',
        order_row("2", total=""),
        '2,,,,Second thing,1,"5.00"x,,',
        "2,,,,Third thing,1,5.00,,",
        order_row("3", total=""),
        "3,,,,Second thing",
        order_row("4"),
    )
    moved = Moved(data, path, "orders")
    assert rows(data, "SELECT reference_key FROM orders") == [("4",)]
    assert (moved.code, moved.counts) == (1, (4, 1, 0, 0, 3))
    assert moved.told[0].startswith("Line 3: The row cannot be read")
    kept = (tmp_path / "orders.rejects.csv").read_text()
    assert '"1,,,,""Second"" thing,1,5.00,,"' in kept


def test_a_record_whose_first_row_cannot_be_read_is_not_taken_for_its_other_rows(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text('reference,name,sku,price\nmug,Mug,mug,7.50\ncup,"Cup"s,cup-s,4.00\ncup,Cup,cup-m,5.00\n')
    moved = Moved(data, path, "items")
    assert (moved.code, moved.counts) == (1, (2, 0, 0, 0, 2))
    assert "The row before cannot be read, and may belong to this record." in moved.said


def test_further_rows_of_a_record_may_not_contradict_the_first(tmp_path: Path, data: Path) -> None:
    path = orders_file(tmp_path, order_row("1", total="20.00"), order_row("1", total="20.00").replace("USD", "EUR"))
    moved = Moved(data, path, "orders")
    assert (moved.code, moved.counts) == (1, (1, 0, 0, 0, 1))
    assert moved.told[0].startswith('Line 3, currency: Currency is "EUR" here and "USD" in the first row. ')


def test_rows_of_one_record_stand_together(tmp_path: Path, data: Path) -> None:
    path = orders_file(tmp_path, order_row("1"), order_row("2"), order_row("1"))
    for options in (("--dry-run",), ()):
        moved = Moved(data, path, "orders", *options)
        assert (moved.code, moved.counts) == (1, (3, 2, 0, 0, 1))
        assert moved.told == [
            "Line 4, reference: The same reference stands in line 2 already. Put all rows of one record together, or "
            "correct the reference. [reference_taken]"
        ]


def test_a_dry_run_tells_the_same_and_writes_nothing(tmp_path: Path, data: Path) -> None:
    path = orders_file(tmp_path, order_row("1"), order_row("2", total="1.00"))
    before = Moved(data, orders_file(tmp_path, order_row("1"), name="first.csv"), "orders").counts
    assert before == (1, 1, 0, 0, 0)
    dry = Moved(data, path, "orders", "--dry-run")
    assert (dry.code, dry.counts) == (1, (2, 0, 0, 1, 1))
    assert dry.said.endswith("This was a dry run: nothing was written.\n")
    third = Moved(data, orders_file(tmp_path, order_row("3"), name="third.csv"), "orders", "--dry-run")
    assert (third.code, third.counts) == (0, (1, 1, 0, 0, 0))
    assert rows(data, "SELECT reference_key FROM orders") == [("1",)]
    assert Moved(data, path, "orders").counts == dry.counts


def test_an_order_is_history_and_never_becomes_another(tmp_path: Path, data: Path) -> None:
    Moved(data, orders_file(tmp_path, order_row("1")), "orders")
    before = exported(data, "orders", "jsonl")
    moved = Moved(data, orders_file(tmp_path, order_row("1", "11.00")), "orders")
    assert (moved.code, moved.counts) == (1, (1, 0, 0, 0, 1))
    assert moved.told[0].startswith("Line 2, reference: ord_")
    assert exported(data, "orders", "jsonl") == before


def test_customers_and_items_that_differ_are_changed_and_what_a_file_does_not_name_stays(
    tmp_path: Path, data: Path
) -> None:
    for kind in ("customers", "items"):
        path = tmp_path / f"{kind}.csv"
        path.write_text(EXAMPLES[kind, "csv"])
        Moved(data, path, kind)
    path = tmp_path / "again.csv"
    path.write_text("reference,name,emails\nc-17,Ada Byron,\nc-18,Ben Berg,ben@example.com\n")
    assert Moved(data, path, "customers").counts == (2, 0, 1, 1, 0)
    ada = json.loads(exported(data, "customers", "jsonl").splitlines()[0])
    assert (ada["name"], "emails" in ada, len(ada["addresses"]), ada["metadata"]) == (
        "Ada Byron",
        False,
        2,
        {"segment": "gold"},
    )
    path.write_text("reference,sku,price,available\nmug,mug,8.00,\nshirt,shirt-s,12.90,99\n")
    assert Moved(data, path, "items").counts == (2, 0, 1, 1, 0)
    shirt, mug = map(json.loads, exported(data, "items", "jsonl").splitlines())
    assert [(each["sku"], each["available"]) for each in shirt["variants"]] == [("shirt-s", 40), ("shirt-m", 25)]
    assert mug["variants"][0]["priceMoney"] == {"amount": 800, "currency": "USD"}


def test_money_has_at_most_the_places_of_its_currency(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "orders.csv"
    names = "reference,createdAt,currency,name,quantity,unitPrice"
    at = "2025-01-02T10:00:00+09:00"
    path.write_text(
        f"{names}\n1,{at},JPY,Tea,2,1290\n2,{at},JPY,Tea,1,12.90\n3,{at},KWD,Tea,1,1.250\n4,{at},KWD,Tea,1,1.25\n"
    )
    moved = Moved(data, path, "orders")
    assert (moved.code, moved.counts) == (1, (4, 3, 0, 0, 1))
    assert moved.told == [
        'Line 3, unitPrice: "12.90" has 2 decimal places, and JPY has no decimal places. Write an exact amount, such '
        'as "1290". [invalid_money]'
    ]
    assert rows(data, "SELECT total, currency FROM orders") == [(2580, "JPY"), (1250, "KWD"), (1250, "KWD")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.csv", None, "cannot be read: No such file or directory."),
        ("orders.csv", "reference,unit prize\n", 'There is no column "unit prize".\nDid you mean unitPrice?'),
        ("orders.csv", "createdAt,name\n", 'The first line names no column "reference"'),
        ("orders.csv", "reference,name,name\n", 'The column "name" is there twice.'),
        ("orders.csv", "", 'The first line names no column "reference"'),
        ("orders.txt", "reference\n", "does not say what it is: csv or jsonl?"),
        ("orders.csv", "reference,option.size\n", 'There is no column "option.size".'),
    ],
)
def test_a_file_that_cannot_be_read_at_all_ends_with_2(
    tmp_path: Path, data: Path, name: str, content: str | None, message: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    moved = Moved(data, path, "orders")
    assert moved.code == 2
    assert message in moved.said
    assert "Traceback" not in moved.said


def test_standard_input_is_read_and_its_format_said(data: Path) -> None:
    command = ("import", "-", "--kind", "customers", "--data", data)
    done = flint_process(*command, "--format", "jsonl", input='{"reference": "a", "name": "Ada"}\n')
    assert (done.returncode, done.stdout.startswith("1 customer read: 1 made")) == (0, True), done.stderr
    assert flint_process(*command, input="").returncode == 2
    shown = flint("export", "--kind", "customers", "--data", data)
    assert json.loads(shown.stdout) == {"reference": "a", "name": "Ada"}


def test_the_rejected_may_go_to_a_file_of_ones_own_but_never_over_the_source(tmp_path: Path, data: Path) -> None:
    path = orders_file(tmp_path, order_row("1", "1.505"))
    assert Moved(data, path, "orders", "--rejects", tmp_path / "bad.csv").code == 1
    assert (tmp_path / "bad.csv").exists()
    refused = Moved(data, path, "orders", "--rejects", path)
    assert refused.code == 2
    assert path.read_text().endswith(order_row("1", "1.505") + "\n")


async def test_a_killed_import_has_kept_what_it_counted_and_the_next_one_finishes(tmp_path: Path, data: Path) -> None:
    path = orders_file(tmp_path, *(order_row(str(number)) for number in range(1, 201)))
    command = [*FLINT, "import", "-", "--format", "csv", "--kind", "orders", "--data", str(data)]
    lines = path.read_bytes().splitlines(keepends=True)
    async with await anyio.open_process(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        await process.stdin.send(b"".join(lines[:140]))  # two chunks of 64 are complete, the third never will be

        async def there() -> list[tuple[object, ...]]:
            try:
                return rows(data, "SELECT count(*) FROM orders")
            except sqlite3.OperationalError:  # the tables are being made
                return []

        await until(there, lambda counted: counted == [(128,)])
        process.kill()
    assert rows(data, "SELECT count(*) FROM orders") == [(128,)]
    moved = await anyio.to_thread.run_sync(Moved, data, path, "orders")
    assert (moved.code, moved.counts) == (0, (200, 72, 0, 128, 0))
    assert rows(data, "SELECT count(*), sum(total), sum(paid) FROM orders") == [(200, 200_000, 200_000)]
