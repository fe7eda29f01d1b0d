"""Finding records by the words of their text columns, which are folded already (see flint_domain.kernel.words)."""

from sqlalchemy import Connection, MetaData, Table

PREFIXES = "1 2 3 4 5 6 7 8 9 10"  # lengths of the beginnings that have an index of their own


def make_text_indexes(connection: Connection, metadata: MetaData) -> None:
    """Make the text index of each table that is found by its words."""
    for table in metadata.sorted_tables:
        columns: tuple[str, ...] = table.info.get("words", ())
        if columns:
            _make_text_index(connection, table, *columns)


def _make_text_index(connection: Connection, table: Table, *columns: str) -> None:
    """Make an FTS5 index `<table>_text` of these columns of the table.

    The index reads the words from the columns (external content), and triggers keep it in step, so that an update that
    leaves the words alone costs it nothing. It keeps no places of words and no ranks (detail, columnsize): newest comes
    first, and words that belong together are kept as one. Without the columns (detail=none) it would be half as large,
    but two words that many rows have took twice as long. Its tokenizer only parts words at their blanks.

    A search is for beginnings of words. Where no prefix index has their length, FTS5 gathers every match before it
    gives the first one: 5 ms for a word of half of 300,000 orders, instead of 0.1 ms.
    """
    name = table.name
    made = (
        f"CREATE VIRTUAL TABLE {name}_text USING fts5("
        f"{', '.join(columns)}, content='{name}', content_rowid='seq', columnsize=0, detail=column, "
        f"prefix='{PREFIXES}', tokenize='ascii')"
    )
    for statement in (made, *triggers(name, *columns)):
        connection.exec_driver_sql(statement)


def triggers(name: str, *columns: str) -> tuple[str, str]:
    """What keeps the text index of the table of this name in step: with new rows, and with words that change."""
    listed, new, old = (", ".join(f"{row}{column}" for column in columns) for row in ("", "new.", "old."))
    changed = " OR ".join(f"old.{column} <> new.{column}" for column in columns)
    added = f"INSERT INTO {name}_text (rowid, {listed}) VALUES (new.seq, {new}); END"
    return (
        f"CREATE TRIGGER {name}_text_added AFTER INSERT ON {name} BEGIN {added}",
        f"CREATE TRIGGER {name}_text_changed AFTER UPDATE OF {listed} ON {name} WHEN {changed} BEGIN "
        f"INSERT INTO {name}_text ({name}_text, rowid, {listed}) VALUES ('delete', old.seq, {old}); {added}",
    )
