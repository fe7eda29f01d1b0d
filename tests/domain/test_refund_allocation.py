"""Which line, charge and tip a refund gives back: whatever the sequence, it ends exactly at what was paid."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.errors import Refused
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Order
from flint_domain.order.payments.model import TransferState
from flint_domain.order.refunds.allocation import over_payments, part_of_units, refundables
from flint_domain.order.refunds.model import TIP, Refund, RefundPart
from flint_domain.order.refunds.rules import RefundItem, RefundRequest, plan_refund
from tests.domain.values import NOW, SALES_8, an_order, captured, line, orders


def refunded(order: Order, request: RefundRequest, *, state: TransferState = TransferState.SUCCEEDED) -> Order:
    """The order after the refund of this request."""
    made = [
        Refund(
            refund_id=f"ref_{len(order.refunds)}_{payment.payment_id}",
            payment_id=payment.payment_id,
            transfer_id="trf",
            amount=sum(part.amount for part in parts),
            parts=parts,
            reason="requested_by_customer",
            state=state,
            created_at=NOW,
        )
        for payment, parts in plan_refund(standing(order), request).payments
    ]
    return replace(order, refunds=(*order.refunds, *made))


def check(found: Standing) -> None:
    items = refundables(found)
    for item in items:
        assert 0 <= item.net_back <= item.net
        assert 0 <= item.tax_back <= item.tax
        assert 0 <= item.quantity_back <= item.quantity
    assert sum(item.left for item in items) == found.priced.total - found.money.refunded


def test_the_tax_of_unit_refunds_is_cumulative_and_loses_no_cent() -> None:
    """FACTS §2: 1.77 over 3.33 + 3.33 + 3.33 + 10.00 goes back as 0.29 + 0.30 + 0.29 + 0.89."""
    from flint_domain.order.refunds.allocation import Refundable

    item = Refundable(
        id="li_0", quantity=Decimal(1999), net=1999, tax=177, net_back=0, tax_back=0, quantity_back=Decimal(0)
    )
    taxes = []
    for net in (333, 333, 333, 1000):
        part = part_of_units(item, Decimal(net))
        assert part.net == net
        taxes.append(part.tax)
        item = replace(
            item,
            net_back=item.net_back + part.net,
            tax_back=item.tax_back + part.tax,
            quantity_back=item.quantity_back + net,
        )
    assert taxes == [29, 30, 29, 89]
    assert item.left == 0


@pytest.mark.promise("P6")
@given(st.data(), orders)
def test_any_sequence_of_refunds_ends_exactly_at_the_total(data: st.DataObject, order: Order) -> None:
    total = standing(order).priced.total
    split = data.draw(st.integers(0, total))
    order = replace(order, payments=tuple(captured(a, n) for n, a in enumerate((split, total - split)) if a))
    for _ in range(6):
        found = standing(order)
        check(found)
        if found.money.refundable == 0:
            break
        items = [item for item in refundables(found) if item.left and item.quantity_left]
        item = data.draw(st.sampled_from(items)) if items else None
        request = RefundRequest(amount=data.draw(st.integers(1, found.money.refundable)))
        if item is not None and data.draw(st.booleans()):
            units = item.quantity_left
            if item.quantity_left >= 2 and data.draw(st.booleans()):
                units = Decimal(1)
            request = RefundRequest(items=(RefundItem(item.id, units),))
        state = data.draw(st.sampled_from([TransferState.SUCCEEDED] * 3 + [TransferState.DECLINED]))
        try:
            order = refunded(order, request, state=state)
        except Refused as refused:
            assert refused.code == "nothing_to_refund"  # a unit may cost nothing, or have gone back by amount
            assert request.items
    if standing(order).money.refundable:
        order = refunded(order, RefundRequest())
    found = standing(order)
    check(found)
    assert found.money.refunded == total
    assert all(item.left == 0 for item in refundables(found))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=5), st.data())
def test_units_of_a_line_given_back_one_by_one_cost_what_the_line_cost(prices: list[int], data: st.DataObject) -> None:
    quantity = data.draw(st.integers(1, 12))
    order = an_order(lines=(line(0, prices[0], quantity=Decimal(quantity)),), default_taxes=(SALES_8,))
    total = standing(order).priced.total
    order = replace(order, payments=(captured(total),))
    for _ in range(quantity):
        order = refunded(order, RefundRequest(items=(RefundItem("li_0", Decimal(1)),)))
    assert standing(order).money.refundable == 0


@given(
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 99)).filter(any), min_size=1, max_size=6),
    st.lists(st.integers(1, 3_000), min_size=1, max_size=6),
)
def test_filling_payments_loses_no_cent_of_net_or_tax(parts: list[tuple[int, int]], limits: list[int]) -> None:
    whole = [RefundPart(of=f"li_{n}", net=net, tax=tax, quantity=Decimal(1)) for n, (net, tax) in enumerate(parts)]
    asked = sum(part.amount for part in whole)
    limits = [*limits, asked]
    filled = over_payments(whole, limits)
    assert all(sum(p.amount for p in taken) <= limit for taken, limit in zip(filled, limits, strict=True))
    cut = [part for taken in filled for part in taken]
    for part in whole:
        pieces = [piece for piece in cut if piece.of == part.of]
        assert sum(piece.net for piece in pieces) == part.net
        assert sum(piece.tax for piece in pieces) == part.tax
        assert [piece.quantity for piece in pieces] == [Decimal(1)] + [None] * (len(pieces) - 1)
        assert all(piece.net >= 0 and piece.tax >= 0 for piece in pieces)


def test_an_amount_is_spread_over_lines_charges_and_tip_by_what_is_left() -> None:
    from flint_domain.order.lines import Charge

    order = an_order(
        lines=(line(0, 6_000),), charges=(Charge(charge_id="chg_0", name="fee", amount=3_000),), tip=1_000,
        payments=(captured(10_000),),
    )  # fmt: skip
    [(_, parts)] = plan_refund(standing(order), RefundRequest(amount=101)).payments
    assert [(part.of, part.amount) for part in parts] == [("li_0", 61), ("chg_0", 30), (TIP, 10)]


@pytest.mark.parametrize(
    ("quantity", "code"), [(Decimal(3), "amount_too_high"), (Decimal(0), "amount_too_high"), (Decimal(2), None)]
)
def test_only_units_that_are_left_go_back(quantity: Decimal, code: str | None) -> None:
    order = an_order(lines=(line(0, 5_000, quantity=Decimal(2)),), payments=(captured(10_000),))
    request = RefundRequest(items=(RefundItem("li_0", quantity),))
    if code is None:
        assert plan_refund(standing(order), request).amount == 10_000
        return
    with pytest.raises(Refused) as caught:
        plan_refund(standing(order), request)
    assert caught.value.code == code
