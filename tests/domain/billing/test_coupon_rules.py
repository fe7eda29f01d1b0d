"""Coupons are judged once, when they are put on a subscription."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from flint_domain.billing.coupon_rules import add, remove
from flint_domain.billing.model import Ended
from flint_domain.billing.status import Billed
from flint_domain.coupons.model import Coupon
from flint_domain.kernel.errors import Refused
from flint_domain.order.discounts import CouponTerms
from flint_domain.order.lifecycle import standing
from tests.domain.billing.given import NOW, a_plan, billed, subscribed, with_coupon

JUNE = date(2025, 6, 1)
TERMS = CouponTerms(currency="USD", amount=1_000, duration="repeating", duration_months=2)


def a_coupon(code: str = "TEN", terms: CouponTerms = TERMS, **fields: Any) -> Coupon:
    known = {"coupon_id": f"cpn_{code}", "merchant_id": "mer_1", "version": 1, "code": code, "terms": terms}
    return Coupon(**{**known, "created_at": NOW, "updated_at": NOW, **fields})


def stands(*coupons: Any, **fields: Any) -> Billed:
    plan = a_plan(10_000)
    return Billed(replace(subscribed(plan, JUNE, coupons=coupons), **fields), NOW)


def test_a_coupon_that_is_added_discounts_the_orders_after_it() -> None:
    plan, before = a_plan(10_000), stands()
    subscription = replace(before.subscription, coupons=add(before, a_coupon()))
    totals: list[int] = []
    for _ in range(3):
        subscription, order = billed(plan, subscription)
        totals.append(standing(order).priced.total)
    assert totals == [9_000, 9_000, 10_000]


def test_its_terms_are_those_of_then() -> None:
    (subscribed_coupon,) = add(stands(), a_coupon(max_uses_per_customer=1))
    assert (subscribed_coupon.coupon.terms, subscribed_coupon.coupon.max_uses_per_customer) == (TERMS, 1)
    assert (subscribed_coupon.first, subscribed_coupon.coupon.in_any_case) == (None, True)


ALONE = with_coupon("ALONE", amount=1, exclusive=True)
OTHER = with_coupon("OTHER", amount=1)


@pytest.mark.parametrize(
    ("before", "coupon", "code", "message", "hint"),
    [
        (
            stands(with_coupon("TEN", amount=1)),
            a_coupon(),
            "coupon_already_applied",
            "TEN is on the subscription already.",
            "nothing is left to do",
        ),
        (stands(), a_coupon(active=False), "coupon_inactive", "TEN is switched off.", None),
        (
            stands(),
            a_coupon(starts_at=NOW + timedelta(hours=1)),
            "coupon_not_started",
            "TEN starts on 2025-06-01 10:00 UTC.",
            None,
        ),
        (stands(), a_coupon(ends_at=NOW), "coupon_expired", "TEN expired on 2025-06-01 09:00 UTC.", None),
        (
            stands(ALONE),
            a_coupon(),
            "coupon_not_stackable",
            "ALONE allows no other coupon, and TEN would stand beside it.",
            "remove ALONE first",
        ),
        (
            stands(OTHER),
            a_coupon(terms=replace(TERMS, exclusive=True)),
            "coupon_not_stackable",
            "TEN allows no other coupon, and OTHER would stand beside it.",
            "remove OTHER first",
        ),
        (
            stands(),
            a_coupon(terms=replace(TERMS, currency="EUR")),
            "currency_mismatch",
            "TEN is in EUR, the subscription in USD.",
            None,
        ),
        (
            stands(ended=Ended(on=JUNE, reason="asked")),
            a_coupon(),
            "subscription_ended",
            "Not possible: the subscription has ended.",
            "subscribe anew",
        ),
    ],
)
def test_what_speaks_against_a_coupon_is_said(
    before: Billed, coupon: Coupon, code: str, message: str, hint: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        add(before, coupon)
    assert (refused.value.code, refused.value.message, refused.value.param) == (code, message, "addCouponCodes")
    assert refused.value.hint == (hint or "add another code, or leave addCouponCodes out")


def test_a_coupon_is_taken_off_by_its_code_in_whatever_case() -> None:
    assert remove(stands(OTHER, ALONE), "other") == (ALONE,)
    for before, hint in ((stands(OTHER), "its coupons: OTHER"), (stands(), "it has no coupons")):
        with pytest.raises(Refused) as refused:
            remove(before, "TEN")
        assert (refused.value.code, refused.value.message) == (
            "coupon_not_applied",
            '"TEN" is not on the subscription.',
        )
        assert refused.value.hint == hint
