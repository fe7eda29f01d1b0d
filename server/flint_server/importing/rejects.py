"""What did not go in: the records as they were, each with what is wrong with it, to be mended and imported again."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from flint_server.importing.faults import Fault
from flint_server.importing.files import STDIN, SUFFIXES, Format, Records, Source
from flint_server.importing.headers import ERROR
from flint_server.importing.json_lines import object_in
from flint_server.importing.spreadsheets import kept

RAW = "raw"  # the field that holds a line which is no JSON object


class Rejects:
    """The rejected records, as they were and with what is wrong; the file is made when there is one.

    Rows are written for a spreadsheet, whatever they came from: UTF-8 with its mark, the separators of the source, and
    no cell that would be run as a formula.
    """

    def __init__(self, path: Path, records: Records) -> None:
        self.path = path
        self._records = records
        self._file: IO[str] | None = None

    def keep(self, source: Source, faults: Sequence[Fault]) -> None:
        file = self._opened()
        if self._records.header is not None:
            self._keep_rows(file, source, faults)
        else:
            why = "\n".join(fault.with_column for fault in faults)
            given = object_in(source.text)
            try:
                line = json.dumps({**(given or {RAW: source.text.rstrip("\r\n")}), ERROR: why}, ensure_ascii=False)
            except RecursionError:
                line = json.dumps({RAW: source.text.rstrip("\r\n"), ERROR: why}, ensure_ascii=False)
            file.write((line if _is_writable(line) else json.dumps(json.loads(line))) + "\n")

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _keep_rows(self, file: IO[str], source: Source, faults: Sequence[Fault]) -> None:
        """The rows with one cell more, or with the cell of the last time written anew: each with its own faults."""
        writer = self._writer(file)
        names, at = self._names()
        for place, cells in enumerate(source.cells):
            why = "\n".join(fault.with_column for fault in faults if fault.row == place)
            padded = [kept(cell) for cell in cells] + [""] * (len(names) - len(cells))
            writer.writerow([*padded[:at], why, *padded[at + 1 :]])

    def _names(self) -> tuple[list[str], int]:
        """The names of the columns as they stand in the source, and which of them is that of the errors."""
        header = self._records.header
        assert header is not None, "the source has rows"
        if ERROR in header.names:
            return [*header.cells], header.names.index(ERROR)
        return [*header.cells, ERROR], len(header.cells)

    def _writer(self, file: IO[str]) -> Any:
        header = self._records.header
        return csv.writer(file, delimiter=header.separator if header else ",", lineterminator="\n")

    def _opened(self) -> IO[str]:
        if self._file is None:
            rows = self._records.header is not None
            encoding = "utf-8-sig" if rows else "utf-8"
            self._file = self.path.open("w", encoding=encoding, errors="surrogateescape", newline="")
            if rows:
                self._writer(self._file).writerow(self._names()[0])
        return self._file


def _is_writable(text: str) -> bool:
    """Whether no half of a character is in it: JSON may spell one out, and no file can hold it."""
    return not any("\ud800" <= character <= "\udc7f" or "\udd00" <= character <= "\udfff" for character in text)


def rejects_path(source: str, form: Format) -> Path:
    """Where the rejected go: beside the file, with its suffix, and over nobody's work."""
    path = Path("import") if source == STDIN else Path(source)
    suffix = path.suffix if SUFFIXES.get(path.suffix.lower()) == form else f".{form}"
    wanted = path.with_name(f"{path.stem}.rejects{suffix}")
    number = 2
    while wanted.exists():
        wanted = path.with_name(f"{path.stem}.rejects-{number}{suffix}")
        number += 1
    return wanted
