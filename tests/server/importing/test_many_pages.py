"""What is read in pages comes out whole: three pages of everything, out of the shop and in again."""

import csv
import io
import json
from pathlib import Path

import pytest

from flint_domain.importing.commands import MOST_TOGETHER
from flint_domain.importing.queries import PAGE
from tests.server.importing.given import KINDS, Moved, exported
from tests.server.running import flint

MANY = 2 * PAGE + 50  # a third page that is not full

# What a spreadsheet would run, spoil, cut or take for something else.
WORDS = (
    *("=1+1", "'=x", "''+1", "-5", "@home", "#N/A", "'#N/A", "1E+5", "00123", "1,5", "12.90", "TRUE", "2025-03-01"),
    *("Größe; M", 'a "quoted" word', "two\nlines", "comma, and semicolon;", "日本語", "x" * 300, "'", "sep=;"),
)


def customer(number: int) -> dict[str, object]:
    return {
        "reference": f"c-{number}",
        "name": f"Customer {number}",
        "emails": [f"c{number}@example.com", f"c{number}@work.example"],
        "addresses": [{"line1": f"{number} Main St", "city": "Austin", "country": "US"}] * (number % 3),
        "note": WORDS[number % len(WORDS)],
        "phones": ["+1 512 555 0100", f"0{1000 + number}"],
        "metadata": {f"m{number % 7}": WORDS[number % len(WORDS)]},
    }


def item(number: int) -> dict[str, object]:
    sizes = ("S", "M")[: 1 + number % 2]
    return {
        "reference": f"i-{number}",
        "name": f"Thing {number}",
        "description": WORDS[number % len(WORDS)],
        "variants": [
            {
                "sku": f"sku-{number}-{size}",
                "options": {f"size{number % 5}": size},
                "priceMoney": {"amount": 100 + number, "currency": "USD"},
                "available": number,
            }
            for size in sizes
        ],
    }


def order(number: int) -> dict[str, object]:
    paid = {"amount": 3 * (100 + number) + 7, "currency": "USD"}
    taxes = [
        [{"name": "State; city", "ratePercent": "1.125", "amountMoney": {"amount": amount, "currency": "USD"}}]
        for amount in (3, 4)
    ]
    lines = [
        {
            "itemId": f"sku-{number}-S",
            "quantity": count,
            "unitPriceMoney": {"amount": 100 + number, "currency": "USD"},
            "taxes": taxes[count - 1],
            "note": WORDS[number % len(WORDS)],
        }
        for count in (1, 2)
    ]
    return {
        "reference": f"o-{number}",
        "createdAt": "2025-03-01T10:00:00Z",
        "customerId": f"c-{number}",
        "currency": "USD",
        "lineItems": lines,
        "payments": [{"tender": {"type": "card"}, "amountMoney": paid}] if number % 2 else [],
        "totalMoney": paid,
        "note": WORDS[number % len(WORDS)],
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with three pages of customers, items and orders."""
    folder = tmp_path_factory.mktemp("shop")
    for kind, make in (("customers", customer), ("items", item), ("orders", order)):
        path = folder / f"{kind}.jsonl"
        path.write_text("".join(json.dumps(make(number)) + "\n" for number in range(1, MANY + 1)))
        moved = Moved(folder / "data", path, kind)
        assert (moved.code, moved.counts) == (0, (MANY, MANY, 0, 0, 0)), moved.said
    return folder / "data"


def references(text: str, form: str) -> list[str]:
    """Whose records the file holds, in its order."""
    if form == "jsonl":
        return [json.loads(line)["reference"] for line in text.splitlines()]
    return list(dict.fromkeys(row["reference"] for row in csv.DictReader(io.StringIO(text))))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_three_pages_of_everything_go_out_whole_and_in_again(shop: Path, tmp_path: Path, form: str) -> None:
    assert MANY > 2 * PAGE > 6 * MOST_TOGETHER
    for kind, prefix in zip(KINDS, "cio", strict=True):
        path = tmp_path / f"{kind}.{form}"
        done = flint("export", "--kind", kind, "--data", shop, "-o", path)
        assert (done.exit_code, done.stderr) == (0, f"{MANY} {kind} written.\n")
        text = path.read_text(encoding="utf-8")
        assert references(text, form) == [f"{prefix}-{number}" for number in range(1, MANY + 1)]
        moved = Moved(tmp_path / "other", path, kind)
        assert (moved.code, moved.counts) == (0, (MANY, MANY, 0, 0, 0)), moved.said
        assert exported(tmp_path / "other", kind, form) == text
        again = Moved(shop, path, kind)
        assert (again.code, again.counts) == (0, (MANY, 0, 0, MANY, 0)), again.said
