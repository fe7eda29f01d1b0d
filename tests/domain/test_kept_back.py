"""Fees kept of returns: whatever is returned, kept, refunded and waived, in any order, no cent is lost or made."""

from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Moment
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest, return_items
from flint_domain.order.amendments.rules import Means
from flint_domain.order.amendments.settling import advance
from flint_domain.order.fulfillment.counting import returnable
from flint_domain.order.fulfillment.model import FulfilledLine, Fulfillment
from flint_domain.order.input_values import Inputs
from flint_domain.order.inputs import Amount
from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Change, Order
from flint_domain.order.payments.model import TransferKind, TransferState
from flint_domain.order.refunds.allocation import refundables, returned_worth
from flint_domain.order.refunds.rules import RefundRequest, refund
from tests.domain.values import NOW, captured, orders

_numbers = count()
MOMENT = Moment(NOW, lambda prefix: f"{prefix}_{next(_numbers)}")
SUCCEEDED = TransferState.SUCCEEDED


def arrived(order: Order) -> Order:
    """The order paid and delivered."""
    total = standing(order).priced.total
    lines = tuple(FulfilledLine(line_id=line.line_id, quantity=line.quantity) for line in order.lines)
    parcel = Fulfillment(fulfillment_id="ful_1", lines=lines, state="DELIVERED", fulfilled_at=NOW, delivered_at=NOW)
    return replace(order, payments=(captured(total),), fulfillments=(parcel,))


def settled(change: Change) -> Order:
    """The order when every refund of a change has succeeded."""
    for transfer in change.transfers:
        order = change.order
        done = (replace(r, state=SUCCEEDED) if r.transfer_id == transfer.transfer_id else r for r in order.refunds)
        change = replace(change, order=replace(order, refunds=tuple(done)))
        change = advance(change, transfer.transfer_id, TransferKind.REFUND, SUCCEEDED, MOMENT)
    return change.order


def check(order: Order) -> None:
    found = standing(order)
    for item in refundables(found):
        assert 0 <= item.net_back <= item.net
        assert 0 <= item.tax_back <= item.tax
        assert 0 <= item.kept <= item.left
    assert sum(item.left for item in refundables(found)) == found.money.refundable
    assert found.money.outstanding == found.money.overpaid == 0
    assert all(refund.amount > 0 for refund in order.refunds)


@pytest.mark.promise("P6")
@given(st.data(), orders)
def test_whatever_is_kept_and_waived_the_order_ends_exactly_at_its_total(data: st.DataObject, order: Order) -> None:
    total = standing(order).priced.total
    if total == 0:
        return
    order = arrived(order)
    for _ in range(4):
        left, worth = returnable(order), returned_worth(standing(order))
        if not left or not standing(order).money.refundable:
            break
        line_id = data.draw(st.sampled_from(sorted(left)))
        quantity = data.draw(st.sampled_from([left[line_id], min(left[line_id], Decimal(1))]))
        wanted = data.draw(st.integers(1, worth[line_id])) if line_id in worth and data.draw(st.booleans()) else None
        keep = None if wanted is None else KeepMoney(name="fee", money=Amount(amount=wanted))
        request = ReturnRequest(items=(ReturnItem(line_id=line_id, quantity=quantity),))
        inputs = Inputs(order.currency, lambda _: pytest.fail("no tax"), lambda _: None, lambda _: None, MOMENT)
        before = standing(order).money.refunded
        try:
            order = settled(return_items(standing(order), request, inputs, means=Means(), moment=MOMENT, keep=keep))
        except Refused as refused:
            assert keep is not None and refused.code in ("amount_too_high", "invalid_argument")
            assert quantity < left[line_id], "all of a line's units can always be kept for what they give back"
            continue
        made = order.returns[-1].kept
        assert (made.amount if made else None) == wanted
        assert standing(order).money.refunded - before == -order.amendments[-1].difference
        check(order)
    for amount in (data.draw(st.integers(1, total)), None, -1):
        money = standing(order).money
        wanted = money.refundable if amount == -1 else amount
        try:
            order = settled(
                refund(standing(order), MOMENT, RefundRequest(amount=wanted), reason="damaged", note=None)[0]
            )
        except Refused as refused:
            fees = sum(item.kept for item in refundables(standing(order)))
            assert refused.code in ("amount_too_high", "nothing_to_refund")
            assert (
                money.refundable == 0
                or (wanted or 0) > money.refundable
                or (wanted is None and fees == money.refundable)
            )
        check(order)
    found = standing(order)
    assert (found.money.refunded, found.money.refundable) == (total, 0)
    taxes = sum(part.tax for made in order.refunds for part in made.parts)
    assert taxes == sum(item.tax for item in refundables(found))


def test_an_amount_left_out_never_gives_a_fee_back() -> None:
    from tests.domain.values import SALES_8, an_order, line

    order = arrived(an_order(lines=(line(0, 5_000), line(1, 1_000)), default_taxes=(SALES_8,)))
    keep = KeepMoney(name="fee", money=Amount(amount=1_000))
    request = ReturnRequest(items=(ReturnItem(line_id="li_0"),))
    inputs = Inputs("USD", lambda _: SALES_8, lambda _: None, lambda _: None, MOMENT)
    order = settled(return_items(standing(order), request, inputs, means=Means(), moment=MOMENT, keep=keep))
    order = settled(refund(standing(order), MOMENT, RefundRequest(), reason="damaged", note=None)[0])
    assert (standing(order).money.refunded, standing(order).money.refundable) == (5_480, 1_000)
