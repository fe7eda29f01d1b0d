"""Whatever is wrong with a record is that record's; what ends an import is said, with what was done until then."""

import json
import signal
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import anyio
import pytest

from flint_domain.importing import commands
from flint_domain.importing.model import CustomerRecord
from flint_server.importing import running
from tests.server.importing.given import SAID, Moved, order_row, orders_file, rows
from tests.server.running import FLINT, PATIENCE, flint, until

LATE = "9999-12-31T23:59:59-05:00"  # in UTC the year is 10000
EARLY = "0001-01-01T00:00:00+14:00"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_time_that_no_calendar_has_is_its_records_fault_in_every_column(tmp_path: Path, data: Path) -> None:
    columns = ("createdAt", "paymentAt", "refundAt", "fulfilledAt", "deliveredAt", "canceledAt", "closedAt")
    names = ["reference", "name", "quantity", "unitPrice", "paymentType", "paymentAmount", "refundAmount", *columns]
    lines: list[str] = []
    for number in range(1, 201):
        cells = {"reference": str(number), "name": "A", "quantity": "1", "unitPrice": "1.00"}
        cells |= {"createdAt": "2025-03-01T10:00:00Z", "paymentType": "card", "paymentAmount": "1.00"}
        cells |= {"refundAmount": "1.00", "refundAt": "2025-03-02T10:00:00Z"}
        if number % 20 == 0 and number // 20 <= len(columns):
            cells[columns[number // 20 - 1]] = LATE if number % 40 else EARLY
        lines.append(",".join(cells.get(name, "") for name in names))
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([",".join(names), *lines, ""]))
    for made, there in ((193, 0), (0, 193)):
        moved = Moved(data, path, "orders")
        assert (moved.code, moved.counts) == (1, (200, made, 0, there, 7))
        assert [line.split(":")[0] for line in moved.told] == [
            f"Line {20 * place + 1}, {column}" for place, column in enumerate(columns, start=1)
        ]
        assert moved.told[0] == (
            f'Line 21, createdAt: In UTC the time "{LATE}" is outside the years 1 to 9999. Write ISO 8601 with a time '
            'zone, such as "2026-12-31T23:59:59Z". [invalid_argument]'
        )
    assert rows(data, "SELECT count(*), sum(total) FROM orders") == [(193, 19_300)]
    assert (tmp_path / "orders.rejects.csv").read_text("utf-8-sig").count("\n") == 8
    assert not list(tmp_path.glob("*.log"))


def test_a_line_of_json_that_nothing_can_hold_is_its_records_fault(tmp_path: Path, data: Path) -> None:
    def line(reference: str, amount: object = 100, **fields: object) -> str:
        lines: list[dict[str, Any]] = [{"name": "A", "quantity": 1, "unitPriceMoney": {"amount": amount}}]
        return json.dumps({"reference": reference, "createdAt": "2025-03-01T10:00:00Z", "lineItems": lines, **fields})

    huge = 1 << 63
    content = [
        line("good-1"),
        line("half", note="x\ud800"),
        line("key", metadata={"\ud800": "x"}),
        line("nul", note="a\0b"),
        line("amount", amount=huge),
        line("payment", refunds=[{"amountMoney": {"amount": 5}, "payment": huge}]),
        line("quantity").replace('"quantity": 1', f'"quantity": {huge}'),
        line("digits").replace('"amount": 100', f'"amount": {"9" * 5_000}'),
        line("deep").replace('"A"', "[" * 5_000 + "]" * 5_000),
        line("deeper").replace('"A"', "[" * 400 + "]" * 400),
        line("deepest").replace('"A"', "[" * 900 + "]" * 900),
        line("nan").replace('"amount": 100', '"amount": NaN'),
        line("good-2"),
    ]
    path = tmp_path / "orders.jsonl"
    path.write_text("\n".join(content) + "\n")
    moved = Moved(data, path, "orders")
    assert (moved.code, moved.counts) == (1, (13, 2, 0, 0, 11)), moved.said
    assert "internal_error" not in moved.said
    kept = (tmp_path / "orders.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(kept) == 11
    assert json.loads(kept[0])["note"] == "x\ud800"
    again = Moved(data, tmp_path / "orders.rejects.jsonl", "orders")
    assert (again.code, again.counts) == (1, (11, 0, 0, 0, 11))


def test_a_record_that_flint_itself_fails_on_is_rejected_with_the_fault_in_the_log(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(work: Any, record: CustomerRecord) -> Any:
        if record.reference in ("c-70", "c-140"):
            raise ZeroDivisionError(f"{record.profile.name} slipped in")
        return real(work, record)

    real = commands.imported_customer
    monkeypatch.setattr(commands, "imported_customer", failing)
    path = tmp_path / "customers.csv"
    path.write_text("reference,name\n" + "".join(f"c-{number},Ada\n" for number in range(1, 201)))
    moved = Moved(data, path, "customers")
    assert (moved.code, moved.counts) == (1, (200, 198, 0, 0, 2))
    log = (tmp_path / "customers.rejects.log").read_text()
    for number, line in zip((71, 141), moved.told, strict=True):
        fault = line.split(" as ")[1].split(".")[0]
        assert line == (
            f"Line {number}: Flint itself failed on this record; customers.rejects.log has it as {fault}. Report it "
            "with the log; nothing of this record was written. [internal_error]"
        )
        assert f"{fault}: the record in line {number} was not imported" in log
    assert "ZeroDivisionError" in log
    assert "Ada" not in log
    monkeypatch.undo()
    assert Moved(data, tmp_path / "customers.rejects.csv", None, "--kind", "customers").counts == (2, 2, 0, 0, 0)


def test_flint_does_not_go_on_failing_for_ever(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "imported_customer", None)
    path = tmp_path / "customers.csv"
    path.write_text("reference,name\n" + "".join(f"c-{number},Ada\n" for number in range(200)))
    moved = Moved(data, path, "customers")
    assert moved.code == 3
    assert f"Flint itself failed on {running.MOST_FAILING} records one after the other" in moved.said
    assert "Traceback" not in moved.said


def test_what_breaks_off_an_import_is_said_with_what_is_in_until_then(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = orders_file(tmp_path, *(order_row(str(number)) for number in range(1, 201)))

    def texts(*_: object) -> Any:
        raise RuntimeError("the reading broke")

    monkeypatch.setattr(running.Records, "fault", texts)
    path.write_text(path.read_text().replace("\n150,", "\n,", 1))
    moved = Moved(data, path, "orders")
    assert (moved.code, moved.counts) == (3, (128, 128, 0, 0, 0))
    assert "It ended early: what was counted is in. Run it again to go on." in moved.said
    assert "Error: Flint itself failed; orders.rejects.log has it as fault_" in moved.said
    assert "Traceback" not in moved.said
    monkeypatch.undo()
    assert Moved(data, path, "orders").counts == (200, 71, 0, 128, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_under_the_rejected_ends_the_import_with_3(tmp_path: Path, data: Path) -> None:
    path = orders_file(tmp_path, order_row("1"), order_row("2", "many"))
    moved = Moved(data, path, "orders", "--rejects", "/dev/full")
    assert moved.code == 3
    assert "Error: /dev/full: No space left on device." in moved.said
    assert moved.counts == (2, 1, 0, 0, 1)


def test_a_full_disk_under_the_data_ends_the_import_with_3_and_the_next_one_goes_on(tmp_path: Path, data: Path) -> None:
    path = orders_file(tmp_path, *(order_row(str(number)) for number in range(1, 601)))
    assert Moved(data, orders_file(tmp_path, order_row("0"), name="first.csv"), "orders").code == 0
    blocks = ((data / "flint.db").stat().st_size + 300_000) // 512  # in which a shell counts what a file may have
    command = [*FLINT, "import", str(path), "--kind", "orders", "--data", str(data)]
    limited = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *command]
    done = subprocess.run(limited, capture_output=True, text=True, check=False, timeout=4 * PATIENCE)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False), done.stderr
    found = SAID.search(done.stdout)
    assert found is not None
    made = int(found["made"])
    assert 0 < made < 600
    assert rows(data, "SELECT count(*) FROM orders") == [(made + 1,)]
    moved = Moved(data, path, "orders")
    assert (moved.code, moved.counts) == (0, (600, 600 - made, 0, made, 0))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_under_an_export_ends_it_with_3_and_promises_nothing(tmp_path: Path, data: Path) -> None:
    Moved(data, orders_file(tmp_path, order_row("1")), "orders")
    result = flint("export", "--kind", "orders", "--data", data, "--format", "csv", "-o", "/dev/full")
    assert (result.exit_code, "written." in result.output) == (3, False)
    assert result.output == "Error: /dev/full cannot be written: No space left on device.\n"
    assert Path("/dev/full").is_char_device()


def test_a_data_folder_that_cannot_be_used_is_told_before_anything_is_begun(tmp_path: Path, data: Path) -> None:
    data.mkdir()
    (data / "flint.db").write_text("a shopping list")
    path = orders_file(tmp_path, order_row("1"))
    for options in ((), ("--dry-run",)):
        moved = Moved(data, path, "orders", *options)
        assert (moved.code, moved.counts, "not a database" in moved.said) == (2, (), True), moved.said
    exported = flint("export", "--kind", "orders", "--data", data)
    assert (exported.exit_code, "not a database" in exported.stderr) == (2, True)
    assert (data / "flint.db").read_text() == "a shopping list"


def test_a_card_number_in_a_text_is_cut_short_and_told(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("reference,name,note\na,Ada,Paid with 4242 4242 4242 4242\nb,Ben,Order 4242\nc,,5555555555554444\n")
    for counts in ((3, 3, 0, 0, 0), (3, 0, 0, 3, 0)):
        moved = Moved(data, path, "customers")
        assert (moved.code, moved.counts) == (0, counts), moved.said
        assert moved.told == [
            "Line 2, note: A card number is kept as its last four digits.",
            "Line 4, note: A card number is kept as its last four digits.",
        ]
    notes = [json.loads(str(body))["note"] for (body,) in rows(data, "SELECT body FROM customers ORDER BY seq")]
    assert notes == ["Paid with ••••4242", "Order 4242", "••••4444"]


async def test_an_interrupted_import_says_what_is_in(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "customers.jsonl"
    path.write_text("".join(f'{{"reference": "c-{number}", "name": "Ada"}}\n' for number in range(50_000)))

    async def there() -> int:
        try:
            return int(str(rows(data, "SELECT count(*) FROM customers")[0][0]))
        except sqlite3.OperationalError:  # the tables are being made
            return 0

    command = [*FLINT, "import", str(path), "--kind", "customers", "--data", str(data)]
    async with await anyio.open_process(command) as process:
        await until(there, lambda count: count > 0)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        said = b"".join([part async for part in process.stdout]).decode()
        assert await process.wait() == 130
    found = SAID.search(said)
    assert found is not None, said
    assert int(found["made"].replace(",", "")) == await there()
    assert said.endswith("It ended early: what was counted is in. Run it again to go on.\n")
