"""Lines that nobody sends: a service is never handed over, and can be changed and refunded all the same."""

from dataclasses import replace
from decimal import Decimal

from flint_domain.kernel.facts import Moment
from flint_domain.order import guards
from flint_domain.order.fulfillment.counting import unfulfilled
from flint_domain.order.fulfillment.rules import Tracking, Units, fulfill
from flint_domain.order.lifecycle import standing
from flint_domain.order.listing import order_row
from flint_domain.order.refunds.model import RefundPart
from flint_domain.order.refunds.rules import RefundItem, RefundRequest, plan_refund
from tests.domain.values import NOW, an_order, captured, line

SERVICE = line(0, 5_000, shippable=False, quantity=Decimal(2))
GOODS = line(1, 1_000)
MOMENT = Moment(NOW, lambda prefix: f"{prefix}_1")


def test_an_order_of_services_needs_no_fulfillment() -> None:
    paid = standing(an_order(lines=(SERVICE,), payments=(captured(10_000),)))
    assert (paid.fulfillment_status, unfulfilled(paid.order), order_row(paid).fulfillment_status) == (
        "NOT_NEEDED",
        {},
        None,
    )
    block = guards.fulfill(paid)
    assert block is not None
    assert (block.code, block.reason, block.idle) == ("nothing_to_fulfill", "no unit is left to hand over", True)


def test_an_order_without_lines_waits_for_them() -> None:
    assert standing(an_order(lines=())).fulfillment_status == "UNFULFILLED"


def test_goods_beside_a_service_are_handed_over_alone() -> None:
    paid = standing(an_order(lines=(SERVICE, GOODS), payments=(captured(11_000),)))
    assert (paid.fulfillment_status, unfulfilled(paid.order)) == ("UNFULFILLED", {"li_1": Decimal(1)})
    sent = standing(fulfill(paid, MOMENT, [Units(line_id="li_1")], Tracking(), delivered=True).order)
    assert sent.fulfillment_status == "DELIVERED"


def test_a_paid_service_can_be_amended_until_money_went_back_for_all_of_it() -> None:
    order = an_order(lines=(SERVICE,), payments=(captured(10_000),))
    assert guards.amend(standing(order)) is None
    plan = plan_refund(standing(order), RefundRequest(items=(RefundItem(id="li_0", quantity=Decimal(1)),)))
    (_, (part,)) = plan.payments[0]
    assert part == RefundPart(
        of="li_0", net=5_000, tax=0, quantity=Decimal(1), of_quantity=Decimal(2), of_total=10_000, unsent=Decimal(1)
    )


def test_what_is_shippable_is_so_unless_it_is_said() -> None:
    assert standing(an_order(lines=(replace(SERVICE, shippable=True),))).fulfillment_status == "UNFULFILLED"
