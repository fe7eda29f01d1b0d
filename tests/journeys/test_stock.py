"""Stock: reserved by an unpaid order, sold to a paid one, given back by what is canceled, too late or returned."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.commands.orders import CancelOrder, CloseOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from flint_domain.reactions.catalog.stock import RESERVED_FOR
from tests.journeys.catalog import NOBODY, a_mug, a_shirt, counts, save, variant
from tests.journeys.house import PRO_PLAN, House, amounts, total

SECOND = timedelta(seconds=1)


def mugs(count: int | str = 1, sku: str = "MUG") -> LineInput:
    return LineInput(item_id=sku, quantity=Decimal(count))


async def change_line(house: House, order_id: str, **change: Any) -> None:
    line_id = (await house.read(order_id))["lineItems"][0]["lineItemId"]
    update = OrderUpdate(change=(LineChange(line_id=line_id, **change),))
    await house.do(UpdateOrder(order_id=order_id, update=update))


async def trail(house: House, sku: str = "MUG") -> list[tuple[Any, ...]]:
    """The stock's newest changes, oldest first, without the one that asks for them."""
    answer = await house.do(AdjustInventory(sku=sku, change_by=Decimal(1), reason="found"), dry_run=True)
    return [
        (change["reason"], *(change.get(name, 0) for name in ("available", "reserved", "sold")))
        for change in reversed(answer["changes"][1:])
    ]


async def expire(house: House) -> int:
    """Let the time of what is reserved run out, and have the worker's round give it back."""
    house.clock.passes(RESERVED_FOR)
    return await house.flint.release_expired()


# ── by hand ──


async def test_stock_begins_with_its_first_adjustment_and_every_change_is_in_its_trail(house: House) -> None:
    mug = await a_mug(house)
    received = await house.do(AdjustInventory(variant_id=mug, change_by=Decimal(10), reason="received", note="Box 7"))
    assert received["stock"]["summary"] == f"{mug}: 10 available, 0 reserved, 0 sold."
    counted = await house.do(AdjustInventory(sku="MUG", count=Decimal("7.5"), reason="counted"))
    assert (counted["stock"]["available"], counted["stock"]["name"]) == ("7.5", "Coffee mug")
    newest, first = counted["changes"]
    assert (newest["reason"], newest["available"], newest["actor"]) == ("counted", "-2.5", "agent")
    assert (first["reason"], first["available"], first["note"]) == ("received", 10, "Box 7")
    assert await counts(house, mug) == (Decimal("7.5"), 0, 0)


async def test_stock_never_falls_below_zero_by_hand(house: House) -> None:
    mug = await a_mug(house, 3)
    await house.order_of(mugs(2))
    refused = await house.refused(AdjustInventory(sku="MUG", change_by=Decimal(-2), reason="damaged"), "out_of_stock")
    assert refused.message == f"{mug} has 1 available: a change of -2 would leave less than none."
    assert refused.param == "change"
    answer = await house.do(AdjustInventory(sku="MUG", change_by=Decimal(-1), reason="lost"))
    assert answer["stock"]["summary"] == f"{mug}: 0 available, 2 reserved, 0 sold."


async def test_stock_of_what_nobody_sells_is_not_found(house: House) -> None:
    for command, param, what in (
        (AdjustInventory(sku="NOPE", count=Decimal(1), reason="counted"), "sku", '"NOPE"'),
        (
            AdjustInventory(variant_id=f"var_{NOBODY}", count=Decimal(1), reason="counted"),
            "variantId",
            f"var_{NOBODY}",
        ),
    ):
        refused = await house.refused(command, "not_found")
        assert (refused.param, refused.message) == (param, f"There is no variant {what}.")


# ── an order's life ──


@pytest.mark.promise("P11")
async def test_units_are_reserved_until_paid_and_sold_from_then_on(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.order_of(mugs(2), PRO_PLAN)
    assert await counts(house, mug) == (3, 2, 0)
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert await counts(house, mug) == (3, 0, 2)
    await house.do(CloseOrder(order_id=order_id))
    assert await counts(house, mug) == (3, 0, 2)
    assert await trail(house) == [("received", 5, 0, 0), ("reserved", -2, 2, 0), ("sold", 0, -2, 2)]


async def test_more_than_there_is_cannot_be_ordered_and_nothing_is_taken(house: House) -> None:
    mug = await a_mug(house, 5)
    await a_mug(house, 1, sku="CUP")
    refused = await house.refused(CreateOrder(lines=(mugs(), mugs(2, "CUP"), mugs(5))), "out_of_stock")
    assert refused.message == f"Of {mug} 5 can be had, and the order needs 6. Others are short, too: see outOfStock."
    assert refused.param == "lineItems"
    assert refused.details["outOfStock"][0] == {"variantId": mug, "wanted": 6, "available": 5}
    assert await counts(house, mug) == (5, 0, 0)


async def test_a_changed_order_holds_what_it_has_now(house: House) -> None:
    mug, cup = await a_mug(house, 5), await a_mug(house, 5, sku="CUP")
    order_id = await house.order_of(mugs(2))
    await change_line(house, order_id, quantity=Decimal("4.5"))
    assert await counts(house, mug) == (Decimal("0.5"), Decimal("4.5"), 0)
    await change_line(house, order_id, item_id="CUP")
    assert (await counts(house, mug), await counts(house, cup)) == ((5, 0, 0), (Decimal("0.5"), Decimal("4.5"), 0))
    line_id = (await house.read(order_id))["lineItems"][0]["lineItemId"]
    swap = OrderUpdate(add=(mugs(6),), remove=(line_id,))
    refused = await house.refused(UpdateOrder(order_id=order_id, update=swap), "out_of_stock")
    assert refused.message == f"Of {mug} 5 can be had, and the order needs 6."
    grow = OrderUpdate(change=(LineChange(line_id=line_id, quantity=Decimal(6)),))
    refused = await house.refused(UpdateOrder(order_id=order_id, update=grow), "out_of_stock")
    assert refused.message == f"Of {cup} 0.5 can be had, and the order needs 1.5 more."
    assert refused.details["outOfStock"] == [{"variantId": cup, "wanted": 6, "available": 5}]
    assert refused.details["availableActions"], "the order is as it was, and says what can be done with it"


async def test_canceling_gives_everything_back_paid_or_not(house: House) -> None:
    mug = await a_mug(house, 5)
    unpaid = await house.order_of(mugs(2))
    paid = await house.paid_order(mugs(3))
    assert await counts(house, mug) == (0, 2, 3)
    await house.do(CancelOrder(order_id=unpaid))
    assert await counts(house, mug) == (2, 0, 3)
    await house.do(CancelOrder(order_id=paid))
    assert await counts(house, mug) == (5, 0, 0)
    assert (await trail(house))[-2:] == [("released", 2, -2, 0), ("restocked", 3, 0, -3)]


async def test_a_cancel_that_fails_keeps_what_was_sold(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.paid_order(mugs(3), token="tok_refundFail")
    await house.do(CancelOrder(order_id=order_id))
    assert await counts(house, mug) == (5, 0, 0)
    await house.later()
    assert await counts(house, mug) == (5, 0, 0), "canceled all the same; only its money is still to go back"


async def test_held_money_keeps_units_reserved_and_capturing_sells_them(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.order_of(mugs(2))
    held = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    assert await expire(house) == 0
    assert await counts(house, mug) == (3, 2, 0)
    await house.do(CapturePayment(payment_id=held["payments"][0]["paymentIntentId"]))
    assert await counts(house, mug) == (3, 0, 2)


async def test_a_part_that_is_paid_keeps_all_units(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.order_of(mugs(2))
    held = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    payment_id = held["payments"][0]["paymentIntentId"]
    await house.do(CapturePayment(payment_id=payment_id, amount=Amount(amount=1000)))
    assert amounts(await house.read(order_id))[:4] == ("OPEN", 1000, 0, 800)
    assert await expire(house) == 0
    assert await counts(house, mug) == (3, 2, 0)
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert await counts(house, mug) == (3, 0, 2)


async def test_an_order_that_costs_nothing_sells_its_units_when_it_is_settled(house: House) -> None:
    mug = await a_mug(house, 5, price=0)
    order_id = await house.order_of(mugs(2))
    assert total(await house.read(order_id)) == 0
    assert await counts(house, mug) == (3, 2, 0)
    await house.do(PayOrder(order_id=order_id))
    assert await counts(house, mug) == (3, 0, 2)
    assert await expire(house) == 0
    assert await counts(house, mug) == (3, 0, 2)


async def test_a_dry_run_takes_nothing(house: House) -> None:
    mug = await a_mug(house, 1)
    order_id = await house.order_of(mugs())
    rehearsed = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)), dry_run=True)
    assert rehearsed["order"]["status"] == "PAID"
    assert await counts(house, mug) == (0, 1, 0)
    await house.refused(CreateOrder(lines=(mugs(),)), "out_of_stock", dry_run=True)


# ── too late ──


async def test_what_is_not_paid_in_time_can_be_sold_to_others(house: House) -> None:
    mug = await a_mug(house, 2)
    late = await house.order_of(mugs(2))
    house.clock.passes(RESERVED_FOR - SECOND)
    assert await house.flint.release_expired() == 0
    house.clock.passes(SECOND)
    assert await house.flint.release_expired() == 1
    assert await house.flint.release_expired() == 0
    assert await counts(house, mug) == (2, 0, 0)
    assert (await house.trail(late))[-1] == "STOCK_RELEASED"
    order = await house.read(late)
    assert (order["status"], order["activities"][-1]["actor"]) == ("OPEN", "system")
    assert any("its stock was released" in warning for warning in order["warnings"])

    await house.order_of(mugs(1))
    before = (await house.balance(late)).charged
    refused = await house.refused(PayOrder(order_id=late, sources=("tok_visa",)), "out_of_stock")
    assert refused.message == f"Of {mug} 1 can be had, and the order needs 2."
    assert (await house.balance(late)).charged == before == 0, "nothing was charged"


async def test_paying_late_takes_the_units_again_if_there_are_enough(house: House) -> None:
    mug = await a_mug(house, 2)
    order_id = await house.order_of(mugs(2))
    assert await expire(house) == 1
    await house.do(PayOrder(order_id=order_id, sources=("tok_chargeDeclined",)))
    assert await counts(house, mug) == (0, 2, 0), "declined, and reserved anew for another try"
    assert not (await house.read(order_id))["warnings"]
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert await counts(house, mug) == (0, 0, 2)


async def test_changing_lines_begins_the_time_anew_and_a_note_does_not(house: House) -> None:
    mug = await a_mug(house, 5)
    noted, grown = await house.order_of(mugs()), await house.order_of(mugs())
    house.clock.passes(RESERVED_FOR - SECOND)
    await house.do(UpdateOrder(order_id=noted, update=OrderUpdate(note="soon")))
    await change_line(house, grown, quantity=Decimal(2))
    house.clock.passes(SECOND)
    assert await house.flint.release_expired() == 1
    assert await counts(house, mug) == (3, 2, 0)
    await house.do(UpdateOrder(order_id=noted, update=OrderUpdate(note="later")))
    assert await counts(house, mug) == (3, 2, 0), "a note takes no stock"
    await change_line(house, noted, quantity=Decimal(3))
    assert await counts(house, mug) == (0, 5, 0), "its buyer is back"


async def test_an_order_whose_time_is_over_but_not_noticed_yet_keeps_what_it_has(house: House) -> None:
    mug = await a_mug(house, 2)
    order_id = await house.order_of(mugs(2))
    house.clock.passes(RESERVED_FOR + SECOND)
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="hello")))
    assert await counts(house, mug) == (0, 2, 0)
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert await counts(house, mug) == (0, 0, 2)


async def test_money_on_its_way_keeps_the_units_however_long_it_takes(house: House) -> None:
    mug = await a_mug(house, 2)
    order_id = await house.order_of(mugs(2))
    await house.fault("answer_lost", times=1)
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert await expire(house) == 0
    assert await counts(house, mug) == (0, 2, 0)
    await house.recover()
    assert await counts(house, mug) == (0, 0, 2)
    assert amounts(await house.read(order_id)) == ("PAID", 1800, 0, 0, 1800)


async def test_a_voided_hold_gives_the_order_its_time_anew(house: House) -> None:
    mug = await a_mug(house, 2)
    order_id = await house.order_of(mugs(2))
    held = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    house.clock.passes(RESERVED_FOR * 3)
    await house.do(VoidPayment(payment_id=held["payments"][0]["paymentIntentId"]))
    assert await house.flint.release_expired() == 0
    assert await counts(house, mug) == (0, 2, 0)
    assert await expire(house) == 1
    assert await counts(house, mug) == (2, 0, 0)


async def test_every_merchants_orders_are_released(house: House) -> None:
    other = await house.sqlite.add_merchant("Other", "EUR")
    await a_mug(house, 1)
    await house.order_of(mugs())
    ours, house.flint = house.flint, house.flint_for(other.merchant_id)
    theirs = await a_mug(house, 1)
    await house.order_of(mugs())
    house.clock.passes(RESERVED_FOR)
    assert await ours.release_expired() == 2
    assert await counts(house, theirs) == (1, 0, 0)


# ── what is counted ──


async def test_what_nobody_counts_is_never_out_of_stock(house: House) -> None:
    await a_mug(house)
    order_id = await house.paid_order(mugs(1000))
    stored = await house.sqlite.read(house.flint.merchant_id, lambda tx: tx.order(order_id))
    assert stored is not None
    assert (stored.stock, stored.reserved_until) == ((), None)


async def test_counting_that_begins_later_does_not_count_old_orders(house: House) -> None:
    mug = await a_mug(house)
    old, older = await house.order_of(mugs(50)), await house.paid_order(mugs(50))
    await house.do(AdjustInventory(variant_id=mug, count=Decimal(3), reason="counted"))
    await house.do(UpdateOrder(order_id=old, update=OrderUpdate(note="x")))
    await change_line(house, old, quantity=Decimal(60))
    await house.do(PayOrder(order_id=old, sources=("tok_visa",)))
    await house.do(CancelOrder(order_id=older))
    assert await counts(house, mug) == (3, 0, 0)
    mixed = await house.order_of(mugs(2))
    await house.do(UpdateOrder(order_id=mixed, update=OrderUpdate(add=(mugs(1),))))
    assert await counts(house, mug) == (0, 3, 0)


async def test_counting_that_ends_limits_nobody_and_gives_back_what_was_taken(house: House) -> None:
    mug = await a_mug(house, 3)
    order_id = await house.order_of(mugs(2))
    await house.do(SaveItem(item_id=mug, variants=(variant("MUG", tracked=False),)))
    await house.order_of(mugs(100))
    await change_line(house, order_id, quantity=Decimal(100))
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await house.do(SaveItem(item_id=mug, variants=(variant("MUG", tracked=True),)))
    assert await counts(house, mug) == (1, 0, 2)
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="98 of them came from elsewhere")))
    assert await counts(house, mug) == (1, 0, 2)
    await house.do(CancelOrder(order_id=order_id))
    assert await counts(house, mug) == (3, 0, 0)


async def test_saving_an_item_may_begin_the_counting(house: House) -> None:
    saved = await save(house, item_name="Pen", variants=(variant("PEN", 100, tracked=True),))
    assert saved["variants"][0]["available"] == 0
    await house.refused(CreateOrder(lines=(mugs(1, "PEN"),)), "out_of_stock")


async def test_variants_of_one_item_are_counted_by_themselves(house: House) -> None:
    shirt = await a_shirt(house)
    ids = {each["sku"]: each["variantId"] for each in shirt["variants"]}
    for sku in ("TEE-RM", "TEE-BM"):
        await house.do(AdjustInventory(sku=sku, count=Decimal(2), reason="counted"))
    await house.order_of(mugs(2, "TEE-RM"), mugs(1, "TEE-BM"), mugs(9, "TEE-GM"))
    assert await counts(house, ids["TEE-RM"]) == (0, 2, 0)
    assert await counts(house, ids["TEE-BM"]) == (1, 1, 0)


# ── back into stock ──


async def test_a_refund_restocks_only_when_it_is_asked_to(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.paid_order(mugs(4))
    line_id = (await house.read(order_id))["lineItems"][0]["lineItemId"]

    def refund(quantity: int | None, *, restock: bool) -> CreateRefund:
        units = None if quantity is None else Decimal(quantity)
        target = RefundTarget(order_id=order_id, lines=(RefundLine(line_id=line_id, quantity=units),))
        return CreateRefund(target=target, restock=restock)

    await house.do(refund(1, restock=False), "a")
    assert await counts(house, mug) == (1, 0, 4)
    await house.do(refund(2, restock=True), "b")
    assert await counts(house, mug) == (3, 0, 2)
    rest = await house.do(refund(None, restock=True), "c")
    assert await counts(house, mug) == (4, 0, 1)
    assert rest["order"]["status"] == "REFUNDED"
    assert (await trail(house))[-2:] == [("restocked", 2, 0, -2), ("restocked", 1, 0, -1)]


async def test_restocking_needs_lines_and_says_what_is_not_counted(house: House) -> None:
    await a_mug(house, 5)
    order_id = await house.paid_order(mugs(1), PRO_PLAN)
    refused = await house.refused(
        CreateRefund(target=RefundTarget(order_id=order_id), restock=True), "invalid_argument"
    )
    assert (refused.message, refused.param) == ("restock is given, and no lines.", "restock")
    plan = (await house.read(order_id))["lineItems"][1]["lineItemId"]
    target = RefundTarget(order_id=order_id, lines=(RefundLine(line_id=plan),))
    refunded = await house.do(CreateRefund(target=target, restock=True))
    assert refunded["order"]["warnings"] == [f"{plan} is not counted in any stock"]


async def test_a_refund_that_fails_later_leaves_the_goods_where_they_are(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.paid_order(mugs(2), token="tok_refundFail")
    line_id = (await house.read(order_id))["lineItems"][0]["lineItemId"]
    target = RefundTarget(order_id=order_id, lines=(RefundLine(line_id=line_id),))
    await house.do(CreateRefund(target=target, restock=True), "one")
    await house.later()
    assert amounts(await house.read(order_id)) == ("PAID", 1800, 0, 0, 1800)
    assert await counts(house, mug) == (5, 0, 0)
    await house.do(CreateRefund(target=target, restock=True), "two")
    assert await counts(house, mug) == (5, 0, 0), "they are back already"


async def test_the_same_key_restocks_once(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.paid_order(mugs(2))
    line_id = (await house.read(order_id))["lineItems"][0]["lineItemId"]
    target = RefundTarget(order_id=order_id, lines=(RefundLine(line_id=line_id, quantity=Decimal(1)),))
    for _ in range(3):
        await house.do(CreateRefund(target=target, restock=True), "same")
    assert await counts(house, mug) == (4, 0, 1)
    for _ in range(3):
        await house.do(AdjustInventory(sku="MUG", change_by=Decimal(1), reason="found"), "found")
    assert await counts(house, mug) == (5, 0, 1)


async def test_a_crash_in_between_loses_no_unit(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.order_of(mugs(2))
    await house.fault("answer_lost", times=1)
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await house.reopen()
    await house.recover()
    assert await counts(house, mug) == (3, 0, 2)


async def test_settling_an_answer_never_fails_for_want_of_stock(house: House) -> None:
    """The buyer approves after every other unit is gone: what their order holds is still theirs."""
    mug = await a_mug(house, 1)
    order_id = await house.order_of(mugs())
    waiting = await house.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)))
    assert await expire(house) == 0
    with pytest.raises(Refused):
        await house.order_of(mugs())
    await house.buyer(waiting["payments"][0]["paymentIntentId"], approves=True)
    assert await counts(house, mug) == (0, 0, 1)
    assert amounts(await house.read(order_id)) == ("PAID", 900, 0, 0, 900)
