"""Other people's invoices as orders of ours."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from flint_domain.order.discounts import AppliedCoupon, CouponTerms
from flint_domain.order.lines import Line
from flint_domain.order.model import Order
from flint_domain.order.tax.model import Tax
from tests.domain.values import an_order


def cases_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    cases = json.loads((folder / "billing_cases.json").read_text())["cases"]
    return [case for case in cases if case["kind"] == kind]


def order_of(case: dict[str, Any]) -> Order:
    """The order behind a case of invoice totals: prices without tax, and coupons of amounts."""
    given = case["given"]
    lines = tuple(
        Line(
            line_id=f"li_{number}",
            name=f"Fee {number}",
            quantity=Decimal(1),
            unit_price=price,
            taxes=(Tax(tax_rate_id=f"txr_{percent}", name="VAT", percent=Decimal(percent)),),
            item_id=f"fee-{number}",
        )
        for number, (price, percent) in enumerate(given["lines"])
    )
    currency = given.get("currency", "EUR")
    wanted = given.get("coupons", [])
    wanted = wanted + [{"money": money} for money in given.get("couponsMoney", [])]
    wanted = wanted + ([{"money": given["couponMoney"]}] if "couponMoney" in given else [])
    coupons = tuple(
        AppliedCoupon(
            coupon_id=f"cpn_{number}",
            code=f"C{number}",
            terms=CouponTerms(
                amount=coupon["money"],
                currency=currency,
                item_ids=tuple(f"fee-{index}" for index in coupon.get("lines", [])),
            ),
        )
        for number, coupon in enumerate(wanted)
    )
    return an_order(currency=currency, lines=lines, coupons=coupons)
