"""Cells and fields say the same, whichever way they are turned."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import MAX_AMOUNT, exponent, format_money
from flint_server.importing.amounts import decimal_number, minor_units
from flint_server.importing.cells import fields_of, rows_of
from flint_server.importing.columns import ITEMS, ORDERS
from flint_server.importing.spreadsheets import as_text, plain_text

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "EUR"])
AMOUNTS = st.integers(0, MAX_AMOUNT)
WORDS = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=12) | st.text("a\\;'=", min_size=1)


@given(AMOUNTS, CURRENCIES)
def test_money_is_read_to_the_last_unit(amount: int, currency: str) -> None:
    assert minor_units(format_money(amount, currency).split()[0], currency, "price") == amount


@given(
    st.text("0123456789.,' -+€e", max_size=12) | st.text(max_size=12), CURRENCIES, st.sampled_from([True, False, None])
)
def test_whatever_is_taken_for_money_has_one_reading(text: str, currency: str, comma: bool | None) -> None:
    """Digits, and one mark with as many places as the currency may have: three places behind the other mark could be
    thousands, and behind either where the file does not tell which it is."""
    try:
        amount = minor_units(text, currency, "price", comma=comma)
    except Refused as refused:
        assert (refused.code, refused.param) == ("invalid_money", "price")
    else:
        whole, mark, places = text.replace(",", ".").partition(".")
        assert amount == int(Decimal(f"{whole}.{places or 0}").scaleb(exponent(currency)))
        assert len(places) <= exponent(currency)
        assert not mark or len(places) != 3 or ("," in text) is comma


@pytest.mark.parametrize(
    ("cell", "currency", "comma", "amount"),
    [
        ("12.9", "USD", False, 1290),
        ("12", "USD", False, 1200),
        ("12,90", "USD", True, 1290),
        ("12,9", "EUR", False, 1290),
        ("12.90", "EUR", True, 1290),
        ("1290", "JPY", False, 1290),
        ("1.234", "KWD", False, 1234),
        ("1,234", "KWD", True, 1234),
        ("12,90", "USD", None, 1290),
        ("12.90", "USD", None, 1290),
        ("1,25", "KWD", None, 1250),
        ("1.2340", "CLF", None, 12_340),
        ("007.50", "USD", False, 750),
    ],
)
def test_amounts_are_read_as_spreadsheets_write_them(cell: str, currency: str, comma: bool | None, amount: int) -> None:
    assert minor_units(cell, currency, "price", comma=comma) == amount


@pytest.mark.parametrize(
    ("cell", "currency", "comma", "message", "hint"),
    [
        ("1.234", "USD", False, '"1.234" has two readings: 1 and a part, or 1234.', 'write "1234"'),
        ("1.200", "EUR", True, '"1.200" has two readings: 1 and a part, or 1200.', 'write "1200" or "1,20"'),
        ("1,234", "KWD", False, '"1,234" has two readings: 1 and a part, or 1234.', 'write "1234" or "1.234"'),
        ("1,234", "USD", None, '"1,234" has two readings: 1 and a part, or 1234.', 'write "1234"'),
        ("1,200", "USD", None, '"1,200" has two readings: 1 and a part, or 1200.', 'write "1200" or "1.20"'),
        ("1.250", "KWD", None, '"1.250" has two readings: 1 and a part, or 1250.', 'write "1250" or "1.25"'),
        ("1.234", "CLF", None, '"1.234" has two readings: 1 and a part, or 1234.', 'write "1234" or "1.2340"'),
        (
            "1.234",
            "KWD",
            None,
            '"1.234" has two readings: 1 and a part, or 1234.',
            'write "1234", or put semicolons between the cells and write "1,234"',
        ),
        (
            "1,234.50",
            "USD",
            False,
            '"1,234.50" is not an amount of money.',
            'write it without marks of thousands: "1234.50"',
        ),
        (
            "1.234,50",
            "EUR",
            True,
            '"1.234,50" is not an amount of money.',
            'write it without marks of thousands: "1234,50"',
        ),
        (
            "1\u202f234,50",
            "EUR",
            True,
            '"1 234,50" is not an amount of money.',
            'write it without marks of thousands: "1234,50"',
        ),
        (
            "$12.90",
            "USD",
            False,
            '"$12.90" is not an amount of money.',
            'write digits alone, such as "12.90", without currency, signs and blanks',
        ),
        (
            "-2.80",
            "USD",
            False,
            '"-2.80" is not an amount of money.',
            'write amounts without a sign, such as "12.90"; discounts and refunds take away by themselves',
        ),
        (
            "12.905",
            "JPY",
            False,
            '"12.905" has two readings: 12 and a part, or 12905.',
            'write "12905"',
        ),
        ("12.9900", "USD", False, '"12.9900" has 4 decimal places, and USD has 2 decimal places.', 'write "12.99"'),
        (
            "99999999999.99",
            "USD",
            False,
            '"…9999" is too much.',
            "the largest amount is 10000000000.00 USD",
        ),
    ],
)
def test_amounts_that_are_no_amounts_say_what_to_write(
    cell: str, currency: str, comma: bool | None, message: str, hint: str
) -> None:
    with pytest.raises(Refused) as refused:
        minor_units(cell, currency, "price", comma=comma)
    assert (refused.value.message, refused.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("cell", "comma", "number"),
    [
        *(("2", False, "2"), ("1.5", False, "1.5"), ("1,5", True, "1.5"), ("1,5", False, "1.5")),
        *(("1.125", False, "1.125"), ("1,125", True, "1.125")),
        *(("1.5", None, "1.5"), ("1,5", None, "1.5"), ("1,2340", None, "1.2340"), ("1234", None, "1234")),
    ],
)
def test_quantities_may_have_either_mark(cell: str, comma: bool | None, number: str) -> None:
    assert decimal_number(cell, "quantity", comma=comma) == number


@pytest.mark.parametrize(
    ("cell", "comma", "hint"),
    [
        ("1,500", False, 'write "1500" or "1.500"'),
        ("1.500", True, 'write "1500" or "1,500"'),
        ("1,234", None, 'write "1234" or "1.2340"'),
        ("1.234", None, 'write "1234" or "1.2340"'),
        ("1,234,567", False, 'write "1234567"'),
        ("1,234,567", None, 'write "1234567"'),
        ("1 500", True, 'write "1500"'),
    ],
)
def test_quantities_with_two_readings_are_refused(cell: str, comma: bool | None, hint: str) -> None:
    with pytest.raises(Refused, match=r"two readings|thousands") as refused:
        decimal_number(cell, "quantity", comma=comma)
    assert refused.value.hint == hint


@given(st.text("'=+-@ #N/AE+123.,\tabc", max_size=8) | st.text(max_size=8))
def test_what_is_written_for_a_spreadsheet_is_read_as_it_was(text: str) -> None:
    written = as_text(text.replace("\r\n", "\n"))
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert plain_text(written) == text.replace("\r\n", "\n")


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    currency = draw(CURRENCIES)

    def money() -> dict[str, Any]:
        return {"amount": draw(AMOUNTS), "currency": currency}

    def line() -> dict[str, Any]:
        made: dict[str, Any] = {
            "name": draw(WORDS),
            "quantity": str(draw(st.integers(1, 99))),
            "unitPriceMoney": money(),
        }
        taxes = [
            {"name": draw(WORDS), "ratePercent": str(draw(st.integers(0, 30))), "inclusive": draw(st.booleans())}
            for _ in range(draw(st.integers(0, 2)))
        ]
        return {**made, "taxes": taxes} if taxes else made

    fields: dict[str, Any] = {
        "reference": "o-1",
        "createdAt": "2025-01-01T00:00:00Z",
        "currency": currency,
        "totalMoney": money(),
        "lineItems": [line() for _ in range(draw(st.integers(1, 4)))],
    }
    payments = [{"tender": {"type": "card"}, "amountMoney": money()} for _ in range(draw(st.integers(0, 3)))]
    metadata = draw(st.dictionaries(WORDS, WORDS, max_size=2))
    return {
        **fields,
        **({"payments": payments} if payments else {}),
        **({"metadata": metadata} if metadata else {}),
    }


@given(orders())
def test_an_order_written_in_rows_is_read_as_the_same_order(fields: dict[str, Any]) -> None:
    rows = list(rows_of(ORDERS, fields))
    assert len(rows) == max(len(fields["lineItems"]), len(fields.get("payments", [])))
    assert all(plain_text(cell) == cell for row in rows for cell in row.values() if not cell.startswith("'"))
    read = [{name: plain_text(cell) for name, cell in row.items()} for row in rows]
    assert fields_of(ORDERS, read, "USD") == (fields, [])


def test_every_column_has_one_name() -> None:
    for layout in (ORDERS, ITEMS):
        assert len(set(layout.names)) == len(layout.names)
