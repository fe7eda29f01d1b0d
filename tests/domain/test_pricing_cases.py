"""Other people's orders, priced by our rules: every amount must come out to the cent."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flint_domain.kernel.money import allocate
from flint_domain.order.discounting import OrderDiscount
from flint_domain.order.lines import Charge, Line
from flint_domain.order.pricing import Priced, price_items
from flint_domain.order.tax.model import Tax


def taxes(percents: list[Any], *, inclusive: bool) -> tuple[Tax, ...]:
    kind = "in" if inclusive else "on"
    return tuple(
        Tax(tax_rate_id=f"{kind}-{Decimal(str(p))}", name=f"{p} %", percent=Decimal(str(p)), inclusive=inclusive)
        for p in percents
    )


def amount_and_percent(discount: dict[str, Any]) -> dict[str, Any]:
    if discount["type"] == "percent":
        return {"percent": Decimal(str(discount["value"])), "max_discount": discount.get("max_amount")}
    return {"amount": discount["amount"]}


def priced_case(case: dict[str, Any]) -> Priced:
    inclusive = case["prices_include_tax"]
    lines = [
        Line(
            line_id=f"line-{index}",
            name=line["name"],
            quantity=Decimal(str(line["quantity"])),
            unit_price=line["unit_amount"],
            discount_percent=next((Decimal(str(d["value"])) for d in line["line_discounts"] if "value" in d), None),
            discount_amount=next((d["amount"] for d in line["line_discounts"] if "amount" in d), None),
            taxes=taxes(line["tax_rates_percent"], inclusive=inclusive),
        )
        for index, line in enumerate(case["lines"])
    ]
    charges = [
        Charge(
            charge_id=f"charge-{index}",
            name=fee["name"],
            amount=fee["amount"],
            taxes=taxes(fee["tax_rates_percent"], inclusive=fee.get("price_includes_tax", inclusive)),
        )
        for index, fee in enumerate(case["fees"])
    ]
    discounts = [
        OrderDiscount(
            discount_id=f"order-{index}",
            name=discount.get("code") or "order",
            eligible=eligible(discount, case["lines"]),
            minimum_subtotal=discount.get("min_subtotal", 0),
            **amount_and_percent(discount),
        )
        for index, discount in enumerate(case["order_discounts"])
        if sum(Decimal(str(line["quantity"])) for line in case["lines"]) >= discount.get("min_qty", 0)
    ]
    return price_items(lines, discounts, charges, currency=case["currency"])


def eligible(discount: dict[str, Any], lines: list[dict[str, Any]]) -> frozenset[str] | None:
    rate = discount.get("applies_to_tax_rate")
    if rate is None:
        return None
    return frozenset(
        f"line-{index}"
        for index, line in enumerate(lines)
        if Decimal(str(rate)) in [Decimal(str(percent)) for percent in line["tax_rates_percent"]]
    )


def test_every_third_party_order_comes_out_to_the_cent(third_party_cases: Path) -> None:
    wrong: list[str] = []
    for case in json.loads((third_party_cases / "order_totals.json").read_text()):
        priced, expected = priced_case(case), case["expected"]
        after_line_allowances = priced.subtotal - sum(
            share.amount
            for line in priced.lines
            for share in line.discounts
            if share.source.startswith("line ") and "e-invoice" in case["features"]
        )
        computed = {
            "subtotal": after_line_allowances,
            "discount": priced.discount - (priced.subtotal - after_line_allowances),
            "fees": priced.charge,
            "tax": priced.tax,
            "total": priced.total,
            "line_discounts": [line.discount for line in priced.lines],
            "tax_by_rate": {str(tax.tax.percent): tax.amount for tax in priced.taxes},
        }
        wrong += [
            f"{case['id']}: {name} is {amount}, expected {expected[name]}"
            for name, amount in computed.items()
            if name in expected and amount != expected[name]
        ]
    assert wrong == []


def test_every_third_party_allocation_comes_out_to_the_cent(third_party_cases: Path) -> None:
    vectors = json.loads((third_party_cases / "allocation_vectors.json").read_text())
    for vector in vectors["largest_remainder_vectors"]:
        assert allocate(vector["total"], vector["weights"]) == vector["expected"], vector["source"]
    for case in vectors["half_up"]:
        from flint_domain.kernel.money import times

        assert times(1, Decimal(case["x"]) * 100) == int(Decimal(case["to"]) * 100)


@pytest.mark.parametrize(("lines", "discounts"), [((9900, 2900), True), ((9900, 2900), False)])
def test_the_product_page_comes_out_to_the_cent(lines: tuple[int, ...], discounts: bool) -> None:
    rate = taxes([8], inclusive=False)
    launch20 = OrderDiscount(discount_id="c", name="LAUNCH20", percent=Decimal(20))
    priced = price_items(
        [
            Line(line_id=str(index), name="x", quantity=Decimal(1), unit_price=amount, taxes=rate)
            for index, amount in enumerate(lines)
        ],
        [launch20] if discounts else [],
    )
    assert (priced.discount, priced.tax, priced.total) == ((2560, 819, 11059) if discounts else (0, 1024, 13824))
