"""Sending a call again, rehearsing it, acting on what has changed, and what other merchants see."""

from datetime import timedelta
from decimal import Decimal

import pytest

from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon
from flint_domain.commands.orders import CancelOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payments import CapturePayment, GetPayment, PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, GetRefund, RefundTarget
from flint_domain.engine.flint import Call
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_domain.queries.orders import GetOrder, SearchOrders
from tests.journeys.house import PRO_PLAN, SUPPORT, House, amounts, total

# ── keys ──


@pytest.mark.promise("P8")
async def test_the_same_call_again_is_answered_again_and_nothing_moves(shop: House) -> None:
    order_id = await shop.order_of()
    pay = PayOrder(order_id=order_id, sources=("tok_visa",))
    first = await shop.do(pay, key="pay")
    before = shop.contents()
    again = await shop.do(pay, key="pay")
    assert shop.contents() == before
    assert again["replayed"] is True
    assert again["payments"] == first["payments"]
    assert amounts(again["order"]) == amounts(first["order"])
    assert (await shop.balance(order_id)).charged == 13824


async def test_a_replay_tells_what_was_and_what_can_be_done_now(shop: House) -> None:
    created = await shop.do(CreateOrder(lines=(SUPPORT,)), key="create")
    order_id = created["orderId"]
    await shop.do(CancelOrder(order_id=order_id))
    again = await shop.do(CreateOrder(lines=(SUPPORT,)), key="create")
    assert (again["orderId"], again["status"], again["version"]) == (order_id, "OPEN", 1)
    assert again["currentVersion"] == 2
    assert again["availableActions"] == []


async def test_a_key_belongs_to_one_command(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(tip=Amount(amount=1), note="for Ann")), key="k")
    other = await shop.refused(
        UpdateOrder(order_id=order_id, update=OrderUpdate(tip=Amount(amount=2))), "idempotency_key_reused", key="k"
    )
    assert other.message == "This idempotencyKey was used for update_order with other arguments."
    first, this = (other.details[call]["fields"]["update"] for call in ("first", "this"))
    assert (first["tip"]["amount"], this["tip"]["amount"]) == (1, 2)
    assert first["note"] == "(not shown)", "whoever reuses a key may be somebody else"
    await shop.refused(CancelOrder(order_id=order_id), "idempotency_key_reused", key="k")


async def test_view_and_expected_version_do_not_make_another_command(shop: House) -> None:
    order_id = await shop.order_of()
    update = OrderUpdate(note="one")
    await shop.do(UpdateOrder(order_id=order_id, update=update, expected_version=1), key="k")
    again = await shop.do(UpdateOrder(order_id=order_id, update=update, view="full"), key="k")
    assert again["replayed"] is True


async def test_a_refused_call_leaves_no_idempotency_record(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.refused(ApplyCoupon(order_id=order_id, coupon_code="NOPE"), "coupon_not_found", key="k")
    applied = await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"), key="k")
    assert total(applied) == 11059


async def test_a_decline_is_an_answer_and_its_key_stays_used(shop: House) -> None:
    order_id = await shop.order_of()
    pay = PayOrder(order_id=order_id, sources=("tok_chargeDeclined",))
    await shop.do(pay, key="k")
    again = await shop.do(pay, key="k")
    assert (again["replayed"], len(again["payments"])) == (True, 1)
    await shop.do(pay, key="a new try")
    assert len((await shop.read(order_id))["paymentIntentIds"]) == 2


async def test_an_idempotency_record_is_kept_for_thirty_days(shop: House) -> None:
    create = CreateOrder(lines=(SUPPORT,))
    first = await shop.do(create, key="k")
    shop.clock.passes(timedelta(days=29))
    assert (await shop.do(create, key="k"))["orderId"] == first["orderId"]
    shop.clock.passes(timedelta(days=2))
    assert (await shop.do(create, key="k"))["orderId"] != first["orderId"]


async def test_an_equal_order_without_a_key_goes_through_with_a_warning(shop: House) -> None:
    first = await shop.order_of(SUPPORT)
    twin = await shop.do(CreateOrder(lines=(SUPPORT,)))
    assert twin["warnings"] == [f"an equal order, {first}, was created minutes ago; cancel one if this was a retry"]
    shop.clock.passes(timedelta(minutes=11))
    assert (await shop.do(CreateOrder(lines=(SUPPORT,))))["warnings"] == []
    assert (await shop.do(CreateOrder(lines=(SUPPORT,)), key="meant"))["warnings"] == []


# ── rehearsals ──


async def test_a_dry_run_shows_the_whole_outcome_and_leaves_nothing(shop: House) -> None:
    order_id = await shop.order_of()
    before = shop.contents()
    rehearsed = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)), key="k", dry_run=True)
    assert rehearsed["dryRun"] is True
    assert rehearsed["wouldTransfer"] == [
        {"kind": "charge", "amountMoney": {"amount": 13824, "currency": "USD"}, "paymentIntentId": None}
    ]
    assert amounts(rehearsed["order"]) == ("PAID", 13824, 0, 0, 13824)
    assert rehearsed["payments"][0]["paymentIntentId"] is None
    assert shop.contents() == before
    assert await shop.simulator.ledger() == []
    assert "replayed" not in await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)), key="k")


async def test_a_dry_run_of_a_new_order_has_no_ids(shop: House) -> None:
    rehearsed = await shop.do(CreateOrder(lines=(SUPPORT,)), dry_run=True)
    assert rehearsed["orderId"] is None
    assert rehearsed["lineItems"][0]["lineItemId"] is None
    assert total(rehearsed) == 3132
    assert rehearsed["wouldTransfer"] == []
    assert (await shop.ask(SearchOrders()))["orders"] == []


async def test_a_dry_run_of_a_cancel_names_every_movement(shop: House) -> None:
    order_id = await shop.paid_order()
    rehearsed = await shop.do(CancelOrder(order_id=order_id), dry_run=True)
    [payment_id] = (await shop.read(order_id))["paymentIntentIds"]
    assert rehearsed["wouldTransfer"] == [
        {"kind": "refund", "amountMoney": {"amount": 13824, "currency": "USD"}, "paymentIntentId": payment_id}
    ]
    assert rehearsed["status"] == "CANCELED"
    assert (await shop.read(order_id))["status"] == "PAID"


async def test_a_dry_run_is_refused_like_the_call_and_checks_the_version(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.refused(CreateRefund(target=RefundTarget(order_id=order_id)), "nothing_to_refund", dry_run=True)
    stale = UpdateOrder(order_id=order_id, update=OrderUpdate(note="x"), expected_version=7)
    await shop.refused(stale, "version_conflict", dry_run=True)


# ── versions ──


async def test_a_stale_version_is_told_what_changed_since(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="one")), actor="operator")
    await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    stale = PayOrder(order_id=order_id, sources=("tok_visa",), expected_version=1)
    refused = await shop.refused(stale, "version_conflict")
    assert refused.message == f"{order_id} is at version 3, not 1."
    assert refused.details["currentVersion"] == 3
    assert [(c["version"], c["type"]) for c in refused.details["changedSince"]] == [
        (2, "ORDER_UPDATED"),
        (3, "COUPON_APPLIED"),
    ]
    fresh = PayOrder(order_id=order_id, sources=("tok_visa",), expected_version=3)
    assert amounts((await shop.do(fresh))["order"])[0] == "PAID"


@pytest.mark.promise("P10")
async def test_the_trail_says_who_did_it(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="one")), actor="operator")
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    activities = (await shop.read(order_id))["activities"]
    assert [(a["type"], a["actor"]) for a in activities] == [
        ("ORDER_CREATED", "agent"),
        ("ORDER_UPDATED", "operator"),
        ("PAYMENT_STARTED", "agent"),
        ("PAYMENT_CAPTURED", "processor"),
    ]


async def test_every_version_of_an_order_has_its_entry_in_the_trail(shop: House) -> None:
    order_id = await shop.order_of()
    held = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    await shop.do(CapturePayment(payment_id=held["payments"][0]["paymentIntentId"]))
    await shop.do(CancelOrder(order_id=order_id))
    order = await shop.read(order_id)
    assert {activity["version"] for activity in order["activities"]} == set(range(1, order["version"] + 1))


async def test_an_update_does_all_of_it_or_nothing(shop: House) -> None:
    order_id = await shop.order_of()
    [plan, support] = [line["lineItemId"] for line in (await shop.read(order_id))["lineItems"]]
    everything = OrderUpdate(remove=(plan,), add=(PRO_PLAN,), note="x", tip=Amount(amount=-0, currency="EUR"))
    await shop.refused(UpdateOrder(order_id=order_id, update=everything), "currency_mismatch")
    gone = OrderUpdate(remove=(plan, support), note="x")
    await shop.refused(UpdateOrder(order_id=order_id, update=gone), "invalid_argument")
    await shop.refused(UpdateOrder(order_id=order_id, update=OrderUpdate(remove=("li_nobody",))), "not_found")
    await shop.refused(UpdateOrder(order_id=order_id, update=OrderUpdate()), "invalid_argument")


async def test_an_order_cannot_cost_more_than_flint_can_count(shop: House) -> None:
    huge = LineInput(name="moon", quantity=Decimal(10_000), unit_price=Amount(amount=10**11))
    await shop.refused(CreateOrder(lines=(huge,)), "amount_too_large")


# ── other merchants ──


async def test_another_merchant_finds_nothing_of_ours(shop: House) -> None:
    order_id = await shop.paid_order(customer_id="cus_1")
    await shop.do(ApplyCoupon(order_id=await shop.order_of(), coupon_code="LAUNCH20"))
    [payment_id] = (await shop.read(order_id))["paymentIntentIds"]
    refund = await shop.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1))), key="k")
    merchant = await shop.sqlite.add_merchant("Other", "EUR")
    other = shop.flint_for(merchant.merchant_id)
    for query in (
        GetOrder(order_id=order_id),
        GetPayment(payment_id=payment_id),
        GetRefund(refund_id=refund["refund"]["refundId"]),
    ):
        with pytest.raises(Refused) as caught:
            await other.ask(query)
        assert caught.value.code == "not_found"
    for command in (
        PayOrder(order_id=order_id, sources=("tok_visa",)),
        CancelOrder(order_id=order_id),
        UpdateOrder(order_id=order_id, update=OrderUpdate(note="x")),
        CapturePayment(payment_id=payment_id),
        VoidPayment(payment_id=payment_id),
        CreateRefund(target=RefundTarget(order_id=order_id)),
        CreateRefund(target=RefundTarget(payment_id=payment_id)),
    ):
        with pytest.raises(Refused) as caught:
            await other.execute(command)
        assert caught.value.code == "not_found"
    assert (await other.ask(SearchOrders()))["orders"] == []
    # Keys, codes and currencies are each merchant's own.
    created = await other.execute(CreateOrder(lines=(SUPPORT,)), Call(key="k"))
    assert "replayed" not in created
    assert (created["currency"], total(created)) == ("EUR", 2900)
    with pytest.raises(Refused) as caught:
        await other.execute(ApplyCoupon(order_id=created["orderId"], coupon_code="LAUNCH20"))
    assert caught.value.code == "coupon_not_found"
    await other.execute(CreateCoupon(code="LAUNCH20", percent=Decimal(50)))
    half = await other.execute(ApplyCoupon(order_id=created["orderId"], coupon_code="LAUNCH20"))
    assert total(half) == 1450


async def test_recovery_finishes_every_merchants_transfers(shop: House) -> None:
    merchant = await shop.sqlite.add_merchant("Other", "EUR")
    other = shop.flint_for(merchant.merchant_id)
    created = await other.execute(CreateOrder(lines=(SUPPORT,)))
    await shop.fault("answer_lost")
    await other.execute(PayOrder(order_id=created["orderId"], sources=("tok_visa",)))
    assert await shop.recover() == 1
    assert amounts(await other.ask(GetOrder(order_id=created["orderId"]))) == ("PAID", 2900, 0, 0, 2900)
