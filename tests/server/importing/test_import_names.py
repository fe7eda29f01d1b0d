"""The names of records in one file: each stands for one record, in whatever case it is spelled."""

import json
from pathlib import Path

import pytest

from tests.server.importing.given import ORDER, Moved, exported, order_row

CASE = "Where both are one record, spell it alike and put its rows together; otherwise correct one. [reference_taken]"


@pytest.mark.parametrize(
    ("kind", "content", "told", "kept"),
    [
        (
            "customers",
            "reference,name\nCRM-1,Ann\ncrm-1,Bob\n",
            f"Line 3, reference: The reference crm-1 stands in line 2 as CRM-1: only the case differs. {CASE}",
            [("CRM-1", "Ann")],
        ),
        (
            "customers",
            "reference,name\nSTRASSE,Ann\nc-2,Cho\nStraße,Bob\n",
            'Line 4, reference: The reference "Straße" stands in line 2 as STRASSE: only the case differs. ' + CASE,
            [("STRASSE", "Ann"), ("c-2", "Cho")],
        ),
        (
            "items",
            "reference,name,sku,price\nMug,Mug,m-1,7.50\nmug,Cup,m-2,4.00\n",
            f"Line 3, reference: The reference mug stands in line 2 as Mug: only the case differs. {CASE}",
            [("Mug", "Mug")],
        ),
        (
            "items",
            "reference,name,sku,price\na,Mug,X-1,7.50\nb,Cup,x-1,4.00\n",
            f"Line 3, sku: The sku x-1 stands in line 2 as X-1: only the case differs. {CASE}",
            [("a", "Mug")],
        ),
        (
            "orders",
            f"{ORDER}\n{order_row('A-1')}\n{order_row('a-1')}\n",
            f"Line 3, reference: The reference a-1 stands in line 2 as A-1: only the case differs. {CASE}",
            [("A-1", None)],
        ),
    ],
    ids=["customers", "other letters", "items", "SKUs", "orders"],
)
def test_names_that_differ_in_case_only_are_never_two_records_nor_made_one(
    tmp_path: Path, kind: str, content: str, told: str, kept: list[tuple[str, str | None]]
) -> None:
    path = tmp_path / f"{kind}.csv"
    path.write_text(content, encoding="utf-8")
    for options in (("--dry-run",), ()):
        moved = Moved(tmp_path / "data", path, kind, *options)
        assert (moved.code, moved.counts) == (1, (len(kept) + 1, len(kept), 0, 0, 1)), moved.said
        assert moved.told == [told]
    records = map(json.loads, exported(tmp_path / "data", kind, "jsonl").splitlines())
    assert [(record["reference"], record.get("name")) for record in records] == kept


def test_a_file_that_spells_what_is_there_in_another_case_means_it(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    for content, counts in (("CRM-1,Ann", (1, 1, 0, 0, 0)), ("crm-1,Ann", (1, 0, 0, 1, 0))):
        path.write_text(f"reference,name\n{content}\n")
        assert Moved(tmp_path / "data", path, "customers").counts == counts
