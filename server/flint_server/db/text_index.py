"""Finding records by the words of their text column."""

from sqlalchemy import DDL, Table, event

ANY_LENGTH = "1 2 3 4 5 6 7 8 9 10"
FROM_TWO_LETTERS = "2 3 4 5 6 7 8 9 10"


def index_text(table: Table, prefixes: str) -> None:
    """Make an FTS5 index `<table>_text` with the table; prefixes are the lengths of word beginnings with an index.

    The index reads the words from the table's text column (external content), and triggers keep it in step, so that an
    update that leaves the words alone costs it nothing. columnsize and the ranking it serves are not needed: newest
    comes first. A search is for beginnings of words. Where no prefix index has their length, FTS5 gathers every match
    before it gives the first one: 5 ms for a word of half of 300,000 orders, instead of 0.1 ms.
    """
    name = table.name
    made = (
        f"CREATE VIRTUAL TABLE {name}_text USING fts5("
        f"text, content='{name}', content_rowid='seq', columnsize=0, prefix='{prefixes}', "
        "tokenize='unicode61 remove_diacritics 2')"
    )
    for statement in (made, *triggers(name)):
        event.listen(table, "after_create", DDL(statement).execute_if(dialect="sqlite"))


def triggers(name: str) -> tuple[str, str]:
    """What keeps the text index of the table of this name in step: with new rows, and with words that change."""
    added = f"INSERT INTO {name}_text (rowid, text) VALUES (new.seq, new.text); END"
    return (
        f"CREATE TRIGGER {name}_text_added AFTER INSERT ON {name} BEGIN {added}",
        f"CREATE TRIGGER {name}_text_changed AFTER UPDATE OF text ON {name} WHEN old.text <> new.text BEGIN "
        f"INSERT INTO {name}_text ({name}_text, rowid, text) VALUES ('delete', old.seq, old.text); {added}",
    )
