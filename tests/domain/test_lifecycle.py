"""CONTRACT §4's tables, row by row, and in any combination against an independent reading."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Step, TransferKind, TransferState
from tests.domain.values import NOW, an_order, captured, gone_back, held, line
from tests.machine.oracle import payment_status_of, status_of

PENDING, FAILED, UNKNOWN = TransferState.PENDING, TransferState.DECLINED, TransferState.UNKNOWN
FREE = {"lines": (line(0, 0),)}
FULLY = {"payments": (captured(10_000),)}


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("fields", "status", "payment_status", "refund_status"),
    [
        ({}, "OPEN", "UNPAID", "NONE"),
        ({"payments": (held(4_000),)}, "OPEN", "UNPAID", "NONE"),
        ({"payments": (held(10_000),)}, "OPEN", "AUTHORIZED", "NONE"),
        ({"payments": (captured(4_000),)}, "OPEN", "PARTIALLY_PAID", "NONE"),
        ({"payments": (captured(4_000), held(6_000, 2))}, "OPEN", "PARTIALLY_PAID", "NONE"),
        ({"payments": (captured(10_000),)}, "PAID", "PAID", "NONE"),
        (FREE, "OPEN", "UNPAID", "NONE"),
        ({**FREE, "settled_free": True}, "PAID", "PAID", "NONE"),
        ({**FULLY, "refunds": (gone_back(1),)}, "PARTIALLY_REFUNDED", "PAID", "PARTIAL"),
        (
            {"payments": (captured(10_000),), "refunds": (gone_back(1, PENDING),)},
            "PARTIALLY_REFUNDED",
            "PAID",
            "PARTIAL",
        ),
        (
            {"payments": (captured(10_000),), "refunds": (gone_back(1, UNKNOWN),)},
            "PARTIALLY_REFUNDED",
            "PAID",
            "PARTIAL",
        ),
        ({**FULLY, "refunds": (gone_back(1, FAILED),)}, "PAID", "PAID", "NONE"),
        ({**FULLY, "refunds": (gone_back(10_000),)}, "REFUNDED", "PAID", "FULL"),
        ({"payments": (captured(4_000),), "refunds": (gone_back(4_000),)}, "REFUNDED", "PARTIALLY_PAID", "FULL"),
        (
            {"payments": (captured(10_000),), "refunds": (gone_back(10_000),), "ended": "closed"},
            "CLOSED",
            "PAID",
            "FULL",
        ),
        (
            {
                "payments": (captured(10_000),),
                "refunds": (
                    gone_back(
                        9,
                    ),
                ),
                "ended": "canceled",
            },
            "CANCELED",
            "PAID",
            "PARTIAL",
        ),
    ],
)
def test_the_first_match_of_the_table_is_the_status(
    fields: dict[str, Any], status: str, payment_status: str, refund_status: str
) -> None:
    found = standing(an_order(**fields))
    assert (found.status, found.payment_status, found.refund_status) == (status, payment_status, refund_status)


money = st.integers(0, 10_000)


@st.composite
def stood(draw: st.DrawFn) -> Order:
    """An order of 100.00 with any payments and refunds that could have come about."""
    paid = draw(money)
    kept = draw(st.integers(0, 10_000 - paid))
    back = draw(st.integers(0, paid))
    payments = [payment for payment in (captured(paid), held(kept, 2)) if payment.amount]
    refunds = (
        [gone_back(back, draw(st.sampled_from([TransferState.SUCCEEDED, PENDING, UNKNOWN, FAILED])))] if back else []
    )
    return an_order(
        payments=tuple(payments),
        refunds=tuple(refunds),
        ended=draw(st.sampled_from([None, None, "closed", "canceled"])),
    )


@given(stood())
def test_amounts_and_statuses_follow_from_the_money(order: Order) -> None:
    found = standing(order)
    paid = sum(payment.captured for payment in order.payments)
    kept = sum(payment.authorized for payment in order.payments)
    back = sum(refund.amount for refund in order.refunds if refund.state is not FAILED)
    amounts = found.money
    assert (amounts.paid, amounts.authorized, amounts.refunded) == (paid, kept, back)
    assert (amounts.outstanding, amounts.refundable) == (10_000 - paid, paid - back)
    assert amounts.pending_refund == sum(r.amount for r in order.refunds if r.state in (PENDING, UNKNOWN))
    assert found.status == status_of(total=10_000, paid=paid, refunded=back, ended=order.ended, settled_free=False)
    assert found.payment_status == payment_status_of(total=10_000, paid=paid, held=kept, settled_free=False)


def test_an_open_charge_reserves_its_amount_and_an_open_capture_does_not_twice() -> None:
    step = Step(transfer_id="trf_1", kind=TransferKind.CHARGE, amount=10_000)
    asked = replace(captured(10_000), captured=0, step=step)
    assert standing(an_order(payments=(asked,))).money.in_flight == 10_000
    capturing = replace(held(10_000), step=replace(step, kind=TransferKind.CAPTURE))
    found = standing(an_order(payments=(capturing,)))
    assert (found.money.in_flight, found.money.authorized) == (0, 10_000)


def test_attention_is_asked_for_as_long_as_money_is_where_it_should_not_stay() -> None:
    paid = {"payments": (captured(10_000),)}
    assert not standing(an_order(**paid)).needs_attention
    assert standing(an_order(**paid, ended="canceled")).needs_attention
    assert standing(an_order(**paid, cancel_failed=True)).needs_attention
    assert not standing(an_order(**paid, cancel_failed=True, refunds=(gone_back(10_000),))).needs_attention
    assert standing(an_order(**paid, ended="canceled", refunds=(gone_back(10_000, FAILED),))).needs_attention
    assert standing(an_order(payments=(held(1),), cancel_failed=True, created_at=NOW)).needs_attention
