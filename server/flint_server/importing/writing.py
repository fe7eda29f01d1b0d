"""An export under way: pages of records become a file that `flint import` takes."""

import csv
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from tempfile import TemporaryFile
from typing import IO, Any

from flint_domain.unit_of_work.command import Query
from flint_server.importing.cells import rows_of
from flint_server.importing.columns import LAYOUTS, METADATA, OPTION, KindName, Layout
from flint_server.importing.files import Format
from flint_server.importing.running import QUERIES

Ask = Callable[[Query], Awaitable[dict[str, Any]]]


async def export(ask: Ask, kind: KindName, form: Format, file: IO[str]) -> int:
    """Write every record, oldest first, and return how many were written."""
    if form == "csv":
        return await _write_csv(ask, kind, file)
    written = 0
    async for page in _pages(ask, kind):
        for row in page:
            file.write(f"{_line(row)}\n")
            written += 1
    return written


async def _pages(ask: Ask, kind: KindName) -> AsyncIterator[list[dict[str, Any]]]:
    after: str | None = None
    while True:
        page = await ask(QUERIES[kind](after_id=after))
        if page["next"] is None:
            return
        yield page["rows"]
        after = page["next"]


async def _write_csv(ask: Ask, kind: KindName, file: IO[str]) -> int:
    """Columns of metadata and options are known only when everything was read: it waits in a file until then."""
    layout, written = LAYOUTS[kind], 0
    open_names: dict[str, None] = {}
    with TemporaryFile("w+", encoding="utf-8", newline="\n") as waiting:
        async for page in _pages(ask, kind):
            for fields in page:
                waiting.write(f"{_line(fields)}\n")
                open_names.update(dict.fromkeys(_open_names(layout, fields)))
        waiting.seek(0)
        writer = csv.DictWriter(file, [*layout.names, *open_names], restval="", lineterminator="\n")
        writer.writeheader()
        for line in waiting:
            writer.writerows(rows_of(layout, json.loads(line)))
            written += 1
    return written


def _open_names(layout: Layout, fields: dict[str, Any]) -> list[str]:
    names = [f"{METADATA}{key}" for key in fields.get("metadata", {})]
    for part in layout.parts:
        if part.options:
            names += [f"{OPTION}{name}" for each in fields.get(part.field, []) for name in each.get("options", {})]
    return names


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
