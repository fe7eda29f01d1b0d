"""Columns that shops call otherwise: the one that is meant is named, or none."""

import pytest

from flint_server.importing.columns import LAYOUTS, KindName
from flint_server.importing.sent_columns import column_instead


@pytest.mark.parametrize(
    ("kind", "name", "meant"),
    [
        ("items", "stock", "available"),
        ("items", "Unit Price", "price"),
        ("items", "barcode", None),
        ("items", "title", "name"),
        ("items", "desciption", "description"),
        ("orders", "zip", "postalCode"),
        ("orders", "id", "reference"),
        ("orders", "sku", "itemId"),
        ("orders", "qty", "quantity"),
        ("orders", "amount", None),
        ("orders", "cost", None),
        ("orders", "street", "line1"),
        ("orders", "unit_price", "unitPrice"),
        ("customers", "email", "emails"),
        ("customers", "inventory", None),
        ("customers", "price", None),
    ],
)
def test_a_column_is_taken_for_what_it_means_and_not_for_what_it_is_spelled_like(
    kind: KindName, name: str, meant: str | None
) -> None:
    assert column_instead(name, LAYOUTS[kind].names) == meant
