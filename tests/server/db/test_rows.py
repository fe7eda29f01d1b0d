"""How a value lies in a table: columns by the names of fields, written and read alike."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, Text

from flint_server.db.codecs import Codec
from flint_server.db.rows import KINDS, Body, Columns

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
NOON_IN_MICROSECONDS = 1_795_780_800_000_000

notes = Table(
    "notes",
    MetaData(),
    Column("seq", BigInteger, primary_key=True),
    Column("id", Text),
    Column("merchant_id", Text),
    Column("read", Boolean),
    Column("at", BigInteger),
    Column("until", BigInteger),
    Column("told", Text),
    Column("length", BigInteger),
    Column("schema", BigInteger),
    Column("body", Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    note_id: str
    read: bool
    at: datetime
    until: datetime | None = None
    told: dict[str, Any] | None = None


NOTE = Note(note_id="note_1", read=True, at=NOON, told={"by": "ann"})
COLUMNS = Columns(notes, Note, id="note_id", length=lambda note: len(note.note_id))


def test_columns_hold_the_fields_of_their_names_as_integers_and_json() -> None:
    assert COLUMNS.of(NOTE) == {
        "id": "note_1",
        "read": True,
        "at": NOON_IN_MICROSECONDS,
        "until": None,
        "told": '{"by":"ann"}',
        "length": 6,
    }


def test_a_row_of_the_columns_is_the_value_again() -> None:
    assert [column.name for column in COLUMNS.columns] == ["id", "read", "at", "until", "told"]
    assert COLUMNS.load(("note_1", 1, NOON_IN_MICROSECONDS, None, '{"by":"ann"}')) == NOTE


def test_a_body_is_read_from_itself_but_for_what_is_counted_beside_it() -> None:
    codec = Codec(Note)
    row = Body(notes, codec, Note, counted=("read",), id="note_id")
    assert {"schema": 1, "body": codec.dump(NOTE)}.items() <= row.of(NOTE).items()
    assert [column.name for column in row.columns] == ["body", "schema", "read"]
    assert row.load((codec.dump(NOTE), 1, 1)) == NOTE
    assert row.load((codec.dump(NOTE), 1, 0)).read is False


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"id": "note_ids"}, "notes.id cannot hold note_ids: there is no such field"),
        ({"ids": "note_id"}, "notes has no column ids"),
    ],
)
def test_a_misspelled_name_fails_at_once(given: dict[str, str], said: str) -> None:
    with pytest.raises(LookupError, match=said):
        Columns(notes, Note, kinds=KINDS, **given)
