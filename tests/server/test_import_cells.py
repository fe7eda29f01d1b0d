"""Cells and fields say the same, whichever way they are turned."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import MAX_AMOUNT, exponent, format_money
from flint_server.imports.cells import fields_of, minor_units, rows_of
from flint_server.imports.columns import ITEMS, ORDERS

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "EUR"])
AMOUNTS = st.integers(0, MAX_AMOUNT)
WORDS = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=12).filter(lambda word: ";" not in word)


@given(AMOUNTS, CURRENCIES)
def test_money_is_read_to_the_last_unit(amount: int, currency: str) -> None:
    assert minor_units(format_money(amount, currency).split()[0], currency, "price") == amount


@given(st.text(max_size=12), CURRENCIES)
def test_no_text_is_taken_for_money_with_other_places(text: str, currency: str) -> None:
    try:
        amount = minor_units(text, currency, "price")
    except Refused as refused:
        assert (refused.code, refused.param) == ("invalid_money", "price")
    else:
        assert format_money(amount, currency).split()[0] == (
            text.lstrip("0") if text.lstrip("0")[:1].isdigit() else text
        )
        assert len(text.partition(".")[2]) == exponent(currency)


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
    assert fields_of(ORDERS, rows, "USD") == fields


def test_every_column_has_one_name() -> None:
    for layout in (ORDERS, ITEMS):
        assert len(set(layout.names)) == len(layout.names)
