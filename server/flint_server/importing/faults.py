"""What is wrong with a file, or with one of its records, in the words of whoever keeps a shop."""

from dataclasses import dataclass, field

import click

from flint_domain.kernel.errors import ErrorCode, Refused


class Unreadable(click.ClickException):
    """Nothing was begun: the file, the data folder or the command line is not what it should be."""

    exit_code = 2


class EndedEarly(click.ClickException):
    """It was begun and could not be ended: a full disk, a database that does not answer, a fault of Flint's own."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a record: the line and the column (or field) that it is about, and what to do.

    row says which of the record's rows that is, from 0.
    """

    line: int
    column: str | None
    code: ErrorCode
    message: str
    hint: str
    row: int = field(default=0, compare=False)

    @property
    def said(self) -> str:
        """What is wrong and what to do. The code, for whoever looks it up, comes last."""
        return f"{_sentence(self.message)} {_sentence(self.hint.replace('send ', 'write ', 1))} [{self.code}]"

    @property
    def with_column(self) -> str:
        """The same for a cell beside the record, which knows its line."""
        return f"{self.column}: {self.said}" if self.column else self.said

    def __str__(self) -> str:
        where = f"Line {self.line}, {self.column}" if self.column else f"Line {self.line}"
        return f"{where}: {self.said}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that was not taken as it stood, in a record that went in."""

    line: int
    column: str | None
    message: str

    def __str__(self) -> str:
        return f"Line {self.line}, {self.column}: {self.message}"


def wrong(message: str, hint: str, column: str | None = None, *, row: int | None = None) -> Refused:
    """A refusal that a column, and a further row of the record, may be named in."""
    return Refused("invalid_argument", message, hint=hint, param=column, details={} if row is None else {"row": row})


def _sentence(text: str) -> str:
    text = text.strip()
    word = text.split(" ", maxsplit=1)[0]
    text = text[:1].upper() + text[1:] if word.isalpha() and word.islower() else text  # not ids, nor names of columns
    return text if text.endswith((".", "?", "!")) else f"{text}."
