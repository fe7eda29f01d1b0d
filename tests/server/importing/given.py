"""What the tests of imports and exports start from: the guide's own files, and what the commands say."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.server.running import flint

GUIDE = (Path(__file__).parents[3] / "docs/guides/importing.md").read_text(encoding="utf-8")
EXAMPLES: dict[tuple[str, str], str] = {
    (kind, form): text
    for form, kind, text in re.findall(r"^```(csv|jsonl) (\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
}
KINDS = ("customers", "items", "orders")
SAID = re.compile(
    r"(?P<read>[\d,]+) \w+ read: (?:would be )?(?P<made>[\d,]+) made, (?P<changed>[\d,]+) changed, "
    r"(?P<there>[\d,]+) there already, (?P<rejected>[\d,]+) rejected; [\d,]+ a second\.",
)

ORDER = "reference,createdAt,currency,total,name,quantity,unitPrice,paymentType,paymentAmount"


def order_row(reference: str, price: str = "10.00", *, quantity: str = "1", total: str | None = None) -> str:
    told = price if total is None else total
    return f"{reference},2025-01-02T10:00:00Z,USD,{told},Thing,{quantity},{price},card,{price}"


def orders_file(folder: Path, *rows: str, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([ORDER, *rows, ""]))
    return path


class Moved:
    """How an import ended: exit code, (read, made, changed, there already, rejected), and what it said of the wrong."""

    def __init__(self, data: Path, path: Path | str, kind: str | None, *options: object) -> None:
        named = () if kind is None else ("--kind", kind)
        result = flint("import", path, *named, "--data", data, *options)
        self.code = result.exit_code
        self.said = result.output
        found = SAID.search(result.output)
        self.counts = tuple(int(count.replace(",", "")) for count in found.groups()) if found else ()

    @property
    def told(self) -> list[str]:
        """What was said of the records, a line for each fault."""
        return [line for line in self.said.splitlines() if line.startswith("Line ")]


def exported(data: Path, kind: str, form: str) -> str:
    path = data.parent / f"{data.name}-{kind}.{form}"
    result = flint("export", "--kind", kind, "--data", data, "-o", path)
    assert result.exit_code == 0, result.output
    return path.read_text(encoding="utf-8")


def rows(data: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "flint.db")) as connection:
        return connection.execute(statement).fetchall()
