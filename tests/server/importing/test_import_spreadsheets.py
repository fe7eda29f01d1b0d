"""Files as spreadsheets leave them: whatever can only be meant in one way is taken, and the rest is named."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.server.importing.given import Moved, exported, rows

ITEMS = "reference,name,sku,price,currency\na,Café crème,mug,7.5,USD\nb,Teller,plate,12,USD\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def put(folder: Path, content: str | bytes, name: str = "items.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def prices(data: Path) -> dict[str, int]:
    """What each SKU costs, in minor units."""
    items = map(json.loads, exported(data, "items", "jsonl").splitlines())
    return {each["sku"]: each["priceMoney"]["amount"] for item in items for each in item["variants"]}


def names(data: Path, kind: str = "items") -> list[str]:
    return [json.loads(line)["name"] for line in exported(data, kind, "jsonl").splitlines()]


@pytest.mark.parametrize(
    "content",
    [
        ITEMS.encode(),
        ITEMS.encode("utf-8-sig"),
        ITEMS.replace("\n", "\r\n").encode("utf-8-sig"),
        ITEMS.encode("utf-16"),
        ITEMS.encode("utf-16-be"),
        ITEMS.encode("utf-16-le"),
        ITEMS.replace(",", "\t").encode("utf-16"),
        ITEMS.replace(",", ";").encode(),
        ITEMS.replace(",", ";").replace("7.5;", "7,50;").encode(),
        b"sep=;\r\n" + ITEMS.replace(",", ";").encode(),
        ITEMS.replace(",", "\t").encode(),
        ITEMS.replace("reference,name,sku,price,currency", "Reference, NAME ,S K U,Price,Currency").encode(),
        ITEMS.replace("USD\n", "USD,,\n").replace("currency\n", "currency,,\n").encode(),
        ITEMS.replace("USD\n", "USD,,,,\n").encode() + b",,,,\r\n\r\n,,,,,,,\r\n",
        b"\n,,\n" + ITEMS.encode(),
        ITEMS.replace("a,", '"=""a""",').encode(),
    ],
    ids=[
        *("utf-8", "byte order mark", "carriage returns", "utf-16", "utf-16 without its mark", "little-endian"),
        *("unicode text", "semicolons", "decimal commas", "sep=", "tabs", "capitals and blanks"),
        *("columns without a name", "empty cells and lines", "empty lines first", "texts as formulas"),
    ],
)
def test_a_spreadsheets_file_is_read_as_it_was_meant(tmp_path: Path, data: Path, content: bytes) -> None:
    moved = Moved(data, put(tmp_path, content), None)
    assert (moved.code, moved.counts) == (0, (2, 2, 0, 0, 0)), moved.said
    assert names(data) == ["Café crème", "Teller"]
    assert prices(data) == {"mug": 750, "plate": 1200}


def test_an_encoding_that_is_not_certain_is_asked_for_with_what_it_would_read(tmp_path: Path, data: Path) -> None:
    path = put(tmp_path, ITEMS.encode("cp1252"))
    asked = Moved(data, path, "items")
    assert (asked.code, data.exists()) == (2, False)
    assert asked.said == (
        "Error: Line 2 is not UTF-8, the encoding that files are read in.\n"
        'In Windows-1252 it reads "a,Café crème,mug,7.5": if that is right, add --encoding cp1252. Or save the file '
        "as CSV (UTF-8).\n"
    )
    assert Moved(data, path, "items", "--encoding", "cp1252").code == 0
    assert names(data)[0] == "Café crème"
    assert "There is no encoding" in Moved(data, path, "items", "--encoding", "klingon").said


def test_one_damaged_line_of_utf_8_is_that_records_and_is_kept_byte_by_byte(tmp_path: Path, data: Path) -> None:
    path = put(tmp_path, "reference,name\na,Zoë\nb,Ren".encode() + b"\xe9\nc,Ben\n", "customers.csv")
    moved = Moved(data, path, "customers")
    assert (moved.code, moved.counts) == (1, (3, 2, 0, 0, 1))
    assert moved.told == [
        "Line 3, name: There is a byte, E9, that is no letter of UTF-8. Save the file as CSV (UTF-8), or say what it "
        "is with --encoding. [invalid_argument]"
    ]
    assert b"b,Ren\xe9," in (tmp_path / "customers.rejects.csv").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04rest", "The file is a spreadsheet or an archive (such as .xlsx, .ods or .zip), not text."),
        (b"\xd0\xcf\x11\xe0rest", "The file is an old spreadsheet (.xls), not text."),
        ("reference,name\na,b".encode("utf-16") + b"\xd8", "The file begins as UTF-16, and is damaged further on."),
        (b"reference,name\n", "The columns are as customers and as items have them.\nSay which they are: --kind"),
        (b"reference,created at,unit price\n", 'The first line names no column "quantity"'),
        (b"name,price\n", 'The first line names no column "reference"'),
        (b"reference,sku,Sku\n", 'The column "Sku" is there twice.'),
        (b"reference,sku,colour\n", 'There is no column "colour".'),
        (b"reference;sku;colour\n", 'There is no column "colour".'),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_before_anything_is_made(
    tmp_path: Path, data: Path, content: bytes, message: str
) -> None:
    moved = Moved(data, put(tmp_path, content), None)
    assert (moved.code, message in moved.said, data.exists()) == (2, True, False), moved.said


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "file.jsonl",
            "\n",
            "The file is empty: it has no record whose fields would tell the kind.\n"
            "Name another file, or say with --kind what it would hold.\n",
        ),
        ("file.jsonl", "[1]\nx\n", "No line of the file is a JSON object.\nWrite one object in each line.\n"),
        (
            "file.jsonl",
            '{"error": "x"}\n',
            "The first record has no fields, and they would tell what it is.\n"
            "Say which they are: --kind customers or --kind items or --kind orders.\n",
        ),
        (
            "file.csv",
            "",
            'The first line names no column "reference": a file begins with the names of its columns.\n'
            "This one is empty.\n",
        ),
    ],
)
def test_a_file_with_nothing_to_tell_its_kind_by_is_said_to_have_nothing(
    tmp_path: Path, data: Path, name: str, content: str, message: str
) -> None:
    moved = Moved(data, put(tmp_path, content, name), None)
    assert (moved.code, moved.said, data.exists()) == (2, f"Error: {message}", False)


def test_the_kind_is_told_by_the_columns_or_the_fields(tmp_path: Path, data: Path) -> None:
    files = {
        "customers": "reference,name,emails\nc-1,Ada,ada@example.com\n",
        "items": "reference,name,price\ni-1,Mug,7.50\n",
        "orders": "reference,createdAt,name,quantity,unitPrice\no-1,2025-01-02T10:00:00Z,Mug,1,7.50\n",
    }
    for kind, content in files.items():
        moved = Moved(data, put(tmp_path, content, "file.csv"), None)
        assert (moved.code, moved.said.startswith(f"1 {kind[:-1]} read: 1 made")) == (0, True), moved.said
        lines = exported(data, kind, "jsonl")
        again = Moved(data, put(tmp_path, lines, "file.jsonl"), None)
        assert (again.code, again.counts) == (0, (1, 0, 0, 1, 0)), again.said
    doubtful = Moved(data, put(tmp_path, '{"reference": "x", "name": "X"}\n', "file.jsonl"), None)
    assert (doubtful.code, "--kind customers or --kind items" in doubtful.said) == (2, True)


def test_what_the_spreadsheet_spoiled_is_named_and_never_taken(tmp_path: Path, data: Path) -> None:
    path = put(
        tmp_path,
        "reference,name,sku,price\n4.00601E+12,Mug,mug,7.50\nb,#N/A,plate,#REF!\nc,Cup,cup,########\nd,Dish,,7.50\n",
    )
    moved = Moved(data, path, None)
    assert (moved.code, moved.counts) == (1, (4, 1, 0, 0, 3))
    assert moved.told == [
        'Line 2, reference: "4.00601E+12" is a long number that the spreadsheet has shortened. Format the column as '
        "text, and enter the number again. [invalid_argument]",
        "Line 3, name: The spreadsheet has an error in this cell: #N/A. Mend the cell's formula, or empty it. "
        "[invalid_argument]",
        "Line 3, price: The spreadsheet has an error in this cell: #REF!. Mend the cell's formula, or empty it. "
        "[invalid_argument]",
        "Line 4, price: The cell holds # in place of what did not fit into it. Widen the column, and save again. "
        "[invalid_argument]",
    ]
    again = Moved(data, tmp_path / "items.rejects.csv", None)
    assert again.counts == (3, 0, 0, 0, 3)
    assert [line.split(",", 1)[1] for line in again.told] == [line.split(",", 1)[1] for line in moved.told]


def test_everything_that_is_wrong_with_a_record_is_said_at_once_and_each_in_its_row(tmp_path: Path, data: Path) -> None:
    names = "reference;createdAt;name;quantity;unitPrice;taxName;taxPercent;paymentType;paymentAmount;paymentAt"
    path = put(
        tmp_path,
        f"{names}\n"
        "1;yesterday;Mug;1,5;12,90;VAT;;card;1.234,50;2025-01-02T10:00:00Z\n"
        "1;;Cup;;x;;;card;7;2025-01-02T10:00:00\n",
        "orders.csv",
    )
    moved = Moved(data, path, None)
    assert (moved.code, moved.counts) == (1, (1, 0, 0, 0, 1))
    faults = [line.split(". ")[0] for line in moved.told]
    assert faults == [
        "Line 2, taxPercent: A tax without a percentage",
        'Line 2, paymentAmount: "1.234,50" is not an amount of money',
        'Line 2, createdAt: "yesterday" is not a time',
        'Line 3, unitPrice: "x" is not an amount of money',
        "Line 3, quantity: Quantity is missing",
        'Line 3, paymentAt: The time "2025-01-02T10:00:00" has no time zone',
    ]
    kept = (tmp_path / "orders.rejects.csv").read_text(encoding="utf-8-sig")
    first, second = csv.DictReader(io.StringIO(kept), delimiter=";")
    assert [line.split(":")[0] for line in first["error"].splitlines()] == ["taxPercent", "paymentAmount", "createdAt"]
    assert [line.split(":")[0] for line in second["error"].splitlines()] == ["unitPrice", "quantity", "paymentAt"]


def test_the_rejected_open_in_a_spreadsheet_run_nothing_there_and_go_in_once_mended(tmp_path: Path, data: Path) -> None:
    path = put(
        tmp_path,
        'reference;name;phones;note\n1;"=HYPERLINK(""http://evil"")";+1 512 555 0100;@home\n2;Zoë;;-5\n',
        "customers.csv",
    )
    with path.open("a", encoding="utf-8") as file:
        file.write("3;x;;#N/A\n")
    spoiled = path.read_text().replace("1;", "1a\x01;", 1).replace("\n2;", "\n2\x01;", 1)
    path.write_text(spoiled)
    assert Moved(data, path, "customers").counts == (3, 0, 0, 0, 3)
    kept = tmp_path / "customers.rejects.csv"
    assert kept.read_bytes().startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv.reader(io.StringIO(kept.read_text("utf-8-sig")), delimiter=";") for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    mended = kept.read_text("utf-8-sig").replace("1a\x01", "1").replace("2\x01", "2").replace(";#N/A;", ";;")
    kept.write_text(mended, encoding="utf-8-sig")
    assert Moved(data, kept, "customers").counts == (3, 3, 0, 0, 0)
    first, second, _ = map(json.loads, exported(data, "customers", "jsonl").splitlines())
    assert (first["name"], first["phones"], first["note"]) == (
        '=HYPERLINK("http://evil")',
        ["+1 512 555 0100"],
        "@home",
    )
    assert (second["name"], second["note"]) == ("Zoë", "-5")


def test_an_export_runs_nothing_in_a_spreadsheet_and_comes_back_as_it_was(tmp_path: Path, data: Path) -> None:
    texts = ["=1+1", "+1 512", "-5", "@x", "'=x", "''", "#N/A", "1E+5", " blanks ", "two\nlines", 'a;b,"c"']
    lines = [{"reference": f"c-{place}", "note": text, "metadata": {"k": text}} for place, text in enumerate(texts)]
    source = "".join(f"{json.dumps(each)}\n" for each in lines)
    assert Moved(data, put(tmp_path, source, "customers.jsonl"), None).code == 0
    out = exported(data, "customers", "csv")
    cells = [cell for row in csv.reader(io.StringIO(out)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    for form in ("csv", "jsonl"):
        other = tmp_path / f"other-{form}"
        assert Moved(other, put(tmp_path, exported(data, "customers", form), f"again.{form}"), "customers").code == 0
        assert exported(other, "customers", "jsonl") == exported(data, "customers", "jsonl")


def test_a_dry_run_writes_nothing_anywhere(tmp_path: Path, data: Path) -> None:
    path = put(tmp_path, "reference,name,sku,price\na,Mug,mug,7.50\nb,Cup,cup,many\n")
    dry = Moved(data, path, None, "--dry-run")
    assert (dry.code, dry.counts, list(tmp_path.iterdir())) == (1, (2, 1, 0, 0, 1), [path])
    Moved(data, path, None)
    (tmp_path / "items.rejects.csv").unlink()
    before = {file: file.read_bytes() for file in sorted(data.iterdir())}
    path.write_text(path.read_text().replace("7.50", "8.00"))
    dry = Moved(data, path, None, "--dry-run", "--rejects", tmp_path / "wrong.csv")
    assert (dry.code, dry.counts) == (1, (2, 0, 1, 0, 1))
    assert {file: file.read_bytes() for file in sorted(data.iterdir())} == before
    assert (tmp_path / "wrong.csv").read_text("utf-8-sig").splitlines()[1].startswith("b,Cup,cup,many,")
    assert prices(data) == {"mug": 750}


def test_a_dry_run_knows_what_its_own_records_would_have_made(tmp_path: Path, data: Path) -> None:
    """It works on a copy, in which the records before are in."""
    content = "".join(f"c-{number},Customer\n" for number in range(150))
    dry = Moved(data, put(tmp_path, f"reference,name\n{content}", "c.csv"), "customers", "--dry-run")
    assert (dry.code, dry.counts) == (0, (150, 150, 0, 0, 0))
    assert not data.exists()


def test_decimal_commas_quantities_and_percentages_of_an_order(tmp_path: Path, data: Path) -> None:
    path = put(
        tmp_path,
        "Reference;Created At;Currency;Total;Name;Quantity;Unit price;Tax name;Tax percent;"
        "Payment type;Payment amount\n"
        "1;2025-03-01T10:00:00+01:00;eur;20,82;Wool;1,5;12,9;MwSt;7,6 %;card;20,82\n",
        "orders.csv",
    )
    moved = Moved(data, path, None)
    assert (moved.code, moved.counts) == (0, (1, 1, 0, 0, 0)), moved.said
    assert rows(data, "SELECT total, paid, currency, status FROM orders") == [(2082, 2082, "EUR", "PAID")]


def test_tabs_do_not_tell_which_mark_is_for_decimals(tmp_path: Path, data: Path) -> None:
    header = "reference\tname\tsku\tprice\ttracked\tavailable\n"
    content = "a\tNail\tn-1\t12,90\ttrue\t1,234\nb\tWool\tw-1\t7.50\ttrue\t1.234\nc\tTea\tt-1\t1,234\t\t\n"
    path = put(tmp_path, header + content, "items.tsv")
    moved = Moved(data, path, None)
    assert (moved.code, moved.counts) == (1, (3, 0, 0, 0, 3)), moved.said
    assert moved.told == [
        'Line 2, available: "1,234" has two readings: 1 and a part, or 1234. Write "1234" or "1.2340". '
        "[invalid_argument]",
        'Line 3, available: "1.234" has two readings: 1 and a part, or 1234. Write "1234" or "1.2340". '
        "[invalid_argument]",
        'Line 4, price: "1,234" has two readings: 1 and a part, or 1234. Write "1234". [invalid_money]',
    ]
    mended = content.replace("\t1,234\n", "\t1234\n").replace("1.234", "1,2340").replace("1,234\t", "1234\t")
    path.write_text(header + mended)
    assert Moved(data, path, None, "--rejects", tmp_path / "again.tsv").code == 0
    assert prices(data) == {"n-1": 1290, "w-1": 750, "t-1": 123_400}
    assert rows(data, "SELECT available FROM stock ORDER BY available") == [(12_340,), (12_340_000,)]


def test_what_the_rules_would_tell_an_agent_is_said_as_a_file_can_do_it(tmp_path: Path, data: Path) -> None:
    items = "reference,name,sku,price\na,,x1,7.50\nb,Mug,x2,\nc,Cup,x3,4.00\nd,Can,x3,5.00\n"
    told = Moved(data, put(tmp_path, items), None).told
    order = "reference,createdAt,customerId,name,quantity,unitPrice\n1,2025-03-01T10:00:00Z,CUS,Mug,1,7.50\n"
    order = order.replace("CUS", "cus_01M83F4S48VPYRKAQ44XH2QJGQ")
    told += Moved(data, put(tmp_path, order, "orders.csv"), None).told
    assert told == [
        "Line 2, name: A new item has no name. Fill its name. [invalid_argument]",
        "Line 3, sku: A new variant has no price. Write its price, or the SKU of one that there is. [invalid_argument]",
        "Line 5, sku: The same sku stands in line 4 already. Put all rows of one record together, or correct the "
        "reference. [reference_taken]",
        "Line 2, customerId: There is no customer cus_01M83F4S48VPYRKAQ44XH2QJGQ. Correct it, or leave it out. "
        "[not_found]",
    ]
