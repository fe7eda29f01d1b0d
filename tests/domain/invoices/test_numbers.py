"""Numbers have no gaps and never run backwards."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.invoices.model import Document, TaxInOwnCurrency
from flint_domain.invoices.numbers import MAX_NUMBER, Series, check_prefix, issue, issued_when, number, starting_at
from flint_domain.invoices.rules import invoice_of
from flint_domain.kernel.errors import Refused
from tests.domain.invoices.lives import Life
from tests.domain.values import an_order

AT = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
ON = date(2027, 1, 1)  # the same instant in Berlin


def draft() -> Document:
    life = Life(an_order())
    return invoice_of(life.order, life.drafting)


def test_a_number_is_prefix_year_and_six_digits_or_more() -> None:
    assert number("INV", 2026, 1) == "INV-2026-000001"
    assert number("RE", 2027, 1_234_567) == "RE-2027-1234567"


def test_issuing_takes_the_next_number_and_freezes_when() -> None:
    series = Series(kind="invoice", year=2027, next_number=41)
    document, after = issue(draft(), series, prefix="RE", at=AT, on=ON)
    assert (document.number, document.issued_at, document.issued_on) == ("RE-2027-000041", AT, ON)
    assert document.due_on == date(2027, 1, 15)
    assert after == Series(kind="invoice", year=2027, next_number=42, last_issued_at=AT, last_issued_on=ON)


def test_what_is_paid_has_no_day_to_be_paid_by() -> None:
    paid = replace(draft(), prepaid=10_000)
    document, _ = issue(paid, Series(kind="invoice", year=2027), prefix="RE", at=AT, on=ON)
    assert (document.due, document.due_on) == (0, None)


def test_the_tax_in_the_merchants_own_currency_is_frozen_at_issue() -> None:
    own = TaxInOwnCurrency(currency="EUR", amount=1_234)
    series = Series(kind="invoice", year=2027)
    document, _ = issue(draft(), series, prefix="INV", at=AT, on=ON, tax_in_own_currency=own)
    assert document.tax_in_own_currency == own


@pytest.mark.parametrize(
    "series", [Series(kind="invoice", year=2026), Series(kind="credit_note", year=2027)], ids=["year", "kind"]
)
def test_a_document_is_numbered_in_its_own_series_only(series: Series) -> None:
    with pytest.raises(ValueError, match="is not of the series"):
        issue(draft(), series, prefix="INV", at=AT, on=ON)


def test_a_document_is_numbered_once() -> None:
    series = Series(kind="invoice", year=2027)
    document, after = issue(draft(), series, prefix="INV", at=AT, on=ON)
    with pytest.raises(ValueError, match="has a number already"):
        issue(document, after, prefix="INV", at=AT, on=ON)


def test_nothing_refers_to_a_draft() -> None:
    correction = replace(draft(), corrects=("inv_draft",))
    waiting = replace(draft(), document_id="inv_draft")
    with pytest.raises(ValueError, match="inv_draft is a draft"):
        issue(correction, Series(kind="invoice", year=2027), prefix="INV", at=AT, on=ON, corrected=[waiting])


@given(st.lists(st.integers(-200_000, 500_000), min_size=1, max_size=20))
def test_numbers_have_no_gap_and_days_never_go_back_whatever_the_clock_does(steps: list[int]) -> None:
    series: dict[int, Series] = {}
    newest: Series | None = None
    now, documents = AT, list[Document]()
    for step in steps:
        now += timedelta(seconds=step)
        at, on = issued_when(newest, now, now.date())
        of_year = series.get(on.year, Series(kind="invoice", year=on.year))
        document, newest = issue(draft(), of_year, prefix="INV", at=at, on=on)
        series[on.year] = newest
        documents.append(document)
    times = [document.issued_at or AT for document in documents]
    assert times == sorted(times)
    for year in {document.issued_on and document.issued_on.year for document in documents}:
        of_year_ = [each.number for each in documents if each.issued_on and each.issued_on.year == year]
        assert of_year_ == [f"INV-{year}-{count:06d}" for count in range(1, len(of_year_) + 1)]


def test_a_series_can_start_anywhere_but_never_runs_backwards() -> None:
    series = Series(kind="invoice", year=2026, next_number=12)
    assert starting_at(series, 500, "nextInvoiceNumber").next_number == 500
    assert starting_at(series, 12, "nextInvoiceNumber") == series
    for count in (11, 0, -1, MAX_NUMBER + 1):
        with pytest.raises(Refused) as refused:
            starting_at(series, count, "nextInvoiceNumber")
        assert refused.value.message == f"{count} cannot be the next number of 2026: the next one is 12."
        assert refused.value.hint == "send 12 or more, up to 999999999: no number is given twice"
        assert (refused.value.code, refused.value.param) == ("invalid_argument", "nextInvoiceNumber")


@pytest.mark.parametrize("prefix", ["INV", "RE-24", "A/B", "2026.", "", "inv", "-A", "A" * 13, "A B", "Ü", "A\n"])
def test_a_prefix_is_capitals_and_digits(prefix: str) -> None:
    if prefix in ("INV", "RE-24", "A/B"):
        assert check_prefix(prefix, "invoicePrefix") == prefix
        return
    with pytest.raises(Refused) as refused:
        check_prefix(prefix, "invoicePrefix")
    assert refused.value.code == "invalid_argument"
    assert refused.value.hint == "send up to 12 capitals and digits; between them also / . and -"
