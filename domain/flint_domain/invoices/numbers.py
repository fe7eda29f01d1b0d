"""Numbers without gaps: a series for each kind and year, and how a draft becomes an issued document."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flint_domain.invoices.model import Document, DocumentKind, TaxInOwnCurrency
from flint_domain.kernel.errors import Refused, quoted

PREFIXES: dict[DocumentKind, str] = {"invoice": "INV", "credit_note": "CN"}
"""What the numbers begin with, unless the merchant says otherwise."""

MAX_NUMBER = 999_999_999  # nine digits: a whole number stays below 30 characters, as banks' references need

_PREFIX = re.compile(r"[A-Z0-9](?:[A-Z0-9/.-]{0,10}[A-Z0-9])?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The numbers of one kind in one local year. last_issued is when its last document was issued, and on which local
    day: the next is never before it."""

    kind: DocumentKind
    year: int
    next_number: int = 1
    last_issued_at: datetime | None = None
    last_issued_on: date | None = None


def number(prefix: str, year: int, count: int) -> str:
    """`INV-2026-000001`. From a million on a number has more digits."""
    return f"{prefix}-{year}-{count:06d}"


def check_prefix(prefix: str, param: str) -> str:
    """The prefix as it is kept. Raises Refused("invalid_argument")."""
    if not _PREFIX.match(prefix):
        raise Refused(
            "invalid_argument",
            f"{quoted(prefix)} is no prefix of numbers.",
            hint="send up to 12 capitals and digits; between them also / . and -",
            param=param,
        )
    return prefix


def starting_at(series: Series, count: int, param: str) -> Series:
    """The series whose next number is count. Raises Refused("invalid_argument") for one that would run backwards."""
    if not series.next_number <= count <= MAX_NUMBER:
        raise Refused(
            "invalid_argument",
            f"{count} cannot be the next number of {series.year}: the next one is {series.next_number}.",
            hint=f"send {series.next_number} or more, up to {MAX_NUMBER}: no number is given twice",
            param=param,
        )
    return replace(series, next_number=count)


def issued_when(series: Series | None, now: datetime, today: date) -> tuple[datetime, date]:
    """The instant and local day of the next document: now, but never before the last of its kind. series is the newest
    of them, of whichever year: a clock that was set back issues on, at the same instant."""
    if series is None or series.last_issued_at is None or series.last_issued_on is None:
        return now, today
    return (now, today) if now >= series.last_issued_at else (series.last_issued_at, series.last_issued_on)


def issue(
    draft: Document,
    series: Series,
    *,
    prefix: str,
    at: datetime,
    on: date,
    corrected: Sequence[Document] = (),
    tax_in_own_currency: TaxInOwnCurrency | None = None,
) -> tuple[Document, Series]:
    """Give a draft its number, and freeze it: the document, and the series with that number taken.

    corrected are the documents that it is about, which must have been issued. on is the local day of at, and in the
    series' year. What is due has to be paid net_days later.
    """
    if draft.number is not None:
        raise ValueError(f"{draft.document_id} has a number already")
    if draft.kind != series.kind or on.year != series.year:
        raise ValueError(f"{draft.document_id} of {on} is not of the series {series.kind} {series.year}")
    by_id = {document.document_id: document for document in corrected}
    document = replace(
        draft,
        number=number(prefix, series.year, series.next_number),
        issued_at=at,
        issued_on=on,
        due_on=None if draft.net_days is None or draft.due <= 0 else on + timedelta(days=draft.net_days),
        preceding=tuple(by_id[document_id].referred() for document_id in draft.corrects),
        tax_in_own_currency=tax_in_own_currency,
    )
    return document, replace(series, next_number=series.next_number + 1, last_issued_at=at, last_issued_on=on)
