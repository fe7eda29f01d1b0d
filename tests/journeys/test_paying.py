"""How money comes in, and what is said when it does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon
from flint_domain.commands.orders import UpdateOrder
from flint_domain.commands.payments import CapturePayment, GetPayment, PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_domain.order.payments.model import TransferKind
from flint_domain.queries.orders import GetOrder
from tests.journeys.house import PRO_PLAN, SUPPORT, House, amounts


def tender(source: str, amount: int) -> TenderInput:
    return TenderInput(source=source, money=Amount(amount=amount))


def states(payments: list[dict]) -> list[tuple[str, int]]:
    return [(payment["status"], payment["amountMoney"]["amount"]) for payment in payments]


# ── a list of tokens ──


async def test_a_declined_card_moves_on_to_the_next_and_one_charge_is_made(shop: House) -> None:
    order_id = await shop.order_of()
    sources = ("tok_chargeDeclined", "tok_visa_chargeDeclinedInsufficientFunds", "tok_visa", "tok_mastercard")
    paid = await shop.do(PayOrder(order_id=order_id, sources=sources))
    assert states(paid["payments"]) == [("DECLINED", 13824), ("DECLINED", 13824), ("CAPTURED", 13824)]
    assert [payment.get("declineCode") for payment in paid["payments"]] == [
        "generic_decline",
        "insufficient_funds",
        None,
    ]
    assert amounts(paid["order"]) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.balance(order_id)).charged == 13824


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("tok_visa_chargeDeclinedStolenCard", "stolen_card"),
        ("tok_visa_chargeDeclinedLostCard", "lost_card"),
        ("tok_radarBlock", "fraudulent"),
    ],
)
async def test_a_stolen_or_lost_card_or_fraud_stops_the_list(shop: House, token: str, code: str) -> None:
    order_id = await shop.order_of()
    answer = await shop.do(PayOrder(order_id=order_id, sources=(token, "tok_visa")))
    assert states(answer["payments"]) == [("DECLINED", 13824)]
    assert answer["payments"][0]["declineCode"] == code
    assert amounts(answer["order"]) == ("OPEN", 0, 0, 13824, 0)
    assert (await shop.balance(order_id)).charged == 0
    assert "pay" in await shop.actions(order_id)


async def test_a_waiting_buyer_stops_the_list_even_when_the_step_fails_later(shop: House) -> None:
    order_id = await shop.order_of()
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required", "tok_visa")))
    [payment] = answer["payments"]
    await shop.buyer(payment["paymentIntentId"], approves=False)
    after = await shop.read(order_id)
    assert states(after["payments"]) == [("DECLINED", 13824)]
    assert (await shop.balance(order_id)).charged == 0


async def test_a_pending_answer_stops_the_list_even_when_it_is_a_no_later(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.fault("pending", token="tok_mastercard")
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_mastercard", "tok_visa")))
    await shop.simulator.fail(answer["payments"][0]["paymentIntentId"])
    await shop.flint.hear()
    assert states((await shop.read(order_id))["payments"]) == [("DECLINED", 13824)]
    assert (await shop.balance(order_id)).charged == 0


# ── authorize now, capture later ──


async def test_an_authorized_payment_is_captured_later_in_whole(shop: House) -> None:
    order_id = await shop.order_of()
    held = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    assert (held["order"]["status"], held["order"]["paymentStatus"]) == ("OPEN", "AUTHORIZED")
    assert held["order"]["settlementAmounts"]["authorizedMoney"]["amount"] == 13824
    assert held["order"]["settlementAmounts"]["outstandingMoney"]["amount"] == 13824
    payment_id = held["payments"][0]["paymentIntentId"]
    assert (await shop.balance(order_id)).held == 13824
    captured = await shop.do(CapturePayment(payment_id=payment_id))
    assert amounts(captured["order"]) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.balance(order_id)).held == 0


async def test_a_partial_capture_releases_the_rest_which_can_be_paid_again(shop: House) -> None:
    order_id = await shop.order_of()
    held = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    payment_id = held["payments"][0]["paymentIntentId"]
    refused = await shop.refused(CapturePayment(payment_id=payment_id, amount=Amount(amount=13825)), "amount_too_high")
    assert refused.hint == "capture at most 138.24 USD"
    part = await shop.do(CapturePayment(payment_id=payment_id, amount=Amount(amount=4000)))
    assert amounts(part["order"]) == ("OPEN", 4000, 0, 9824, 4000)
    assert part["order"]["paymentStatus"] == "PARTIALLY_PAID"
    assert part["order"]["settlementAmounts"]["authorizedMoney"]["amount"] == 0
    rest = await shop.do(PayOrder(order_id=order_id, sources=("tok_mastercard",)))
    assert states(rest["payments"]) == [("CAPTURED", 9824)]
    assert amounts(rest["order"]) == ("PAID", 13824, 0, 0, 13824)
    balance = await shop.balance(order_id)
    assert (balance.charged, balance.held) == (13824, 0)


async def test_a_void_releases_the_hold_and_frees_the_price(shop: House) -> None:
    order_id = await shop.order_of()
    held = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    tip = UpdateOrder(order_id=order_id, update=OrderUpdate(tip=Amount(amount=100)))
    assert (
        await shop.refused(tip, "price_locked")
    ).hint == "void_payment would make it possible: call it only if that is wanted, too"
    voided = await shop.do(VoidPayment(payment_id=held["payments"][0]["paymentIntentId"]))
    assert states(voided["payments"]) == [("VOIDED", 13824)]
    assert (await shop.balance(order_id)).held == 0
    assert amounts(await shop.do(tip)) == ("OPEN", 0, 0, 13924, 0)


async def test_a_failed_capture_keeps_the_hold_and_names_it(shop: House) -> None:
    order_id = await shop.order_of()
    held = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    payment_id = held["payments"][0]["paymentIntentId"]
    await shop.fault("decline", transfer_kind=TransferKind.CAPTURE)
    failed = await shop.do(CapturePayment(payment_id=payment_id))
    assert amounts(failed["order"]) == ("OPEN", 0, 0, 13824, 0)
    assert states(failed["payments"]) == [("AUTHORIZED", 13824)]
    [warning] = failed["order"]["warnings"]
    assert warning.startswith(f"the last capture or void of {payment_id} failed")
    assert {"capture", "void"} <= await shop.actions(order_id)
    assert amounts((await shop.do(CapturePayment(payment_id=payment_id)))["order"])[0] == "PAID"


async def test_an_expired_hold_cannot_be_captured_and_can_be_voided(shop: House) -> None:
    from datetime import timedelta

    order_id = await shop.order_of()
    held = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    payment_id = held["payments"][0]["paymentIntentId"]
    shop.clock.passes(timedelta(days=8))
    failed = await shop.do(CapturePayment(payment_id=payment_id))
    assert amounts(failed["order"]) == ("OPEN", 0, 0, 13824, 0)
    assert failed["payments"][0]["declineCode"] == "charge_expired_for_capture"
    await shop.do(VoidPayment(payment_id=payment_id))
    assert amounts((await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",))))["order"])[0] == "PAID"
    assert (await shop.balance(order_id)).charged == 13824


# ── several tenders ──


async def test_tenders_pay_together(shop: House) -> None:
    order_id = await shop.order_of()
    tenders = (tender("tok_visa", 10000), tender("tok_mastercard", 3824))
    paid = await shop.do(PayOrder(order_id=order_id, tenders=tenders))
    assert states(paid["payments"]) == [("CAPTURED", 10000), ("CAPTURED", 3824)]
    assert amounts(paid["order"]) == ("PAID", 13824, 0, 0, 13824)


async def test_when_one_tender_is_declined_the_others_are_voided_and_nothing_is_paid(shop: House) -> None:
    order_id = await shop.order_of()
    tenders = (tender("tok_visa", 10000), tender("tok_chargeDeclined", 3824))
    answer = await shop.do(PayOrder(order_id=order_id, tenders=tenders))
    assert states(answer["payments"]) == [("VOIDED", 10000), ("DECLINED", 3824)]
    assert amounts(answer["order"]) == ("OPEN", 0, 0, 13824, 0)
    balance = await shop.balance(order_id)
    assert (balance.charged, balance.held) == (0, 0)


async def test_keep_partial_keeps_what_the_other_tenders_brought(shop: House) -> None:
    order_id = await shop.order_of()
    tenders = (tender("tok_visa", 10000), tender("tok_chargeDeclined", 3824))
    answer = await shop.do(PayOrder(order_id=order_id, tenders=tenders, keep_partial=True))
    assert states(answer["payments"]) == [("CAPTURED", 10000), ("DECLINED", 3824)]
    assert amounts(answer["order"]) == ("OPEN", 10000, 0, 3824, 10000)
    assert answer["order"]["paymentStatus"] == "PARTIALLY_PAID"
    assert (await shop.balance(order_id)).charged == 10000


async def test_a_capture_that_fails_after_all_were_authorized_leaves_the_others_standing(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.fault("decline", transfer_kind=TransferKind.CAPTURE, amount=3824)
    tenders = (tender("tok_visa", 10000), tender("tok_mastercard", 3824))
    answer = await shop.do(PayOrder(order_id=order_id, tenders=tenders))
    assert states(answer["payments"]) == [("CAPTURED", 10000), ("AUTHORIZED", 3824)]
    assert amounts(answer["order"]) == ("OPEN", 10000, 0, 3824, 10000)
    failed = answer["payments"][1]["paymentIntentId"]
    assert [warning for warning in answer["order"]["warnings"] if failed in warning]
    balance = await shop.balance(order_id)
    assert (balance.charged, balance.held) == (10000, 3824)


async def test_tenders_wait_for_the_buyer_before_any_is_captured(shop: House) -> None:
    order_id = await shop.order_of()
    tenders = (tender("tok_visa", 10000), tender("tok_threeDSecure2Required", 3824))
    answer = await shop.do(PayOrder(order_id=order_id, tenders=tenders))
    assert states(answer["payments"]) == [("AUTHORIZED", 10000), ("REQUIRES_ACTION", 3824)]
    await shop.buyer(answer["payments"][1]["paymentIntentId"], approves=True)
    assert amounts(await shop.read(order_id)) == ("PAID", 13824, 0, 0, 13824)


async def test_calling_the_waiting_tender_off_gives_the_others_back(shop: House) -> None:
    order_id = await shop.order_of()
    tenders = (tender("tok_visa", 10000), tender("tok_threeDSecure2Required", 3824))
    answer = await shop.do(PayOrder(order_id=order_id, tenders=tenders))
    await shop.do(VoidPayment(payment_id=answer["payments"][1]["paymentIntentId"]))
    after = await shop.read(order_id)
    assert states(after["payments"]) == [("VOIDED", 10000), ("VOIDED", 3824)]
    balance = await shop.balance(order_id)
    assert (balance.charged, balance.held) == (0, 0)


async def test_tenders_may_not_sum_to_more_than_is_outstanding(shop: House) -> None:
    order_id = await shop.order_of()
    tenders = (tender("tok_visa", 10000), tender("tok_mastercard", 3825))
    refused = await shop.refused(PayOrder(order_id=order_id, tenders=tenders), "amount_too_high")
    assert refused.message == "The tenders sum to 138.25 USD, and 138.24 USD can be charged."


async def test_an_equal_part_minutes_later_is_refused_unless_it_has_a_new_key(shop: House) -> None:
    order_id = await shop.order_of()
    part = PayOrder(order_id=order_id, tenders=(tender("tok_visa", 4000),))
    first = await shop.do(part)
    paid = first["payments"][0]["paymentIntentId"]
    refused = await shop.refused(part, "look_alike_payment")
    assert refused.message == f"{paid} took the same 40.00 USD from the same source minutes ago."
    assert refused.details["paymentIntentId"] == paid
    assert "new idempotencyKey" in refused.hint
    assert (await shop.balance(order_id)).charged == 4000
    await shop.refused(
        PayOrder(order_id=order_id, tenders=(tender("tok_mastercard", 100), tender("tok_visa", 4000))),
        "look_alike_payment",
    )
    await shop.do(PayOrder(order_id=order_id, tenders=(tender("tok_visa", 1000),)))
    await shop.do(PayOrder(order_id=order_id, tenders=(tender("tok_mastercard", 4000),)))
    await shop.do(replace(part, tenders=(tender("tok_visa", 1000),)), key="meant")
    shop.clock.passes(timedelta(minutes=11))
    await shop.do(replace(part, tenders=(tender("tok_visa", 1000),)))
    assert (await shop.balance(order_id)).charged == 11_000


async def test_a_part_that_is_only_held_or_that_is_kept_beside_a_decline_is_not_taken_again(shop: House) -> None:
    held = PayOrder(order_id=await shop.order_of(), tenders=(tender("tok_visa", 4000),), capture_later=True)
    await shop.do(held)
    refused = await shop.refused(held, "look_alike_payment")
    assert "holds the same 40.00 USD" in refused.message
    tenders = (tender("tok_visa", 5000), tender("tok_chargeDeclined", 2000))
    kept = PayOrder(order_id=await shop.order_of(), tenders=tenders, keep_partial=True)
    await shop.do(kept)
    await shop.refused(kept, "look_alike_payment")
    assert (await shop.balance(held.order_id)).held == 4000
    assert (await shop.balance(kept.order_id)).charged == 5000


async def test_a_part_that_was_declined_or_voided_and_the_rest_are_no_look_alikes(shop: House) -> None:
    order_id = await shop.order_of()
    declined = PayOrder(order_id=order_id, tenders=(tender("tok_chargeDeclined", 4000),))
    await shop.do(declined)
    await shop.do(declined)
    half = tender("tok_visa", 6912)
    held = await shop.do(PayOrder(order_id=order_id, tenders=(half,), capture_later=True))
    await shop.do(VoidPayment(payment_id=held["payments"][0]["paymentIntentId"]))
    await shop.do(PayOrder(order_id=order_id, tenders=(half,)))
    rest = await shop.do(PayOrder(order_id=order_id, tenders=(TenderInput(source="tok_visa"),)))
    assert amounts(rest["order"]) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.balance(order_id)).charged == 13824


async def test_a_part_that_went_back_is_no_look_alike(shop: House) -> None:
    order_id = await shop.order_of()
    part = PayOrder(order_id=order_id, tenders=(tender("tok_visa", 4000),))
    gone = await shop.do(part)
    await shop.do(CreateRefund(target=RefundTarget(payment_id=gone["payments"][0]["paymentIntentId"])))
    await shop.do(part)
    assert (await shop.balance(order_id)).charged == 8000


async def test_partial_payments_add_up_and_go_back_newest_first(shop: House) -> None:

    order_id = await shop.order_of()
    first = await shop.do(PayOrder(order_id=order_id, tenders=(tender("tok_visa", 4000),)))
    assert amounts(first["order"]) == ("OPEN", 4000, 0, 9824, 4000)
    second = await shop.do(PayOrder(order_id=order_id, sources=("tok_mastercard",)))
    assert amounts(second["order"]) == ("PAID", 13824, 0, 0, 13824)
    target = RefundTarget(order_id=order_id, amount=Amount(amount=10000))
    refunded = await shop.do(CreateRefund(target=target))
    through = [(made["paymentIntentId"], made["amountMoney"]["amount"]) for made in refunded["refund"]["parts"]]
    assert through == [
        (second["payments"][0]["paymentIntentId"], 9824),
        (first["payments"][0]["paymentIntentId"], 176),
    ]
    assert amounts(refunded["order"]) == ("PARTIALLY_REFUNDED", 13824, 10000, 0, 3824)


# ── the buyer's step ──


async def test_a_buyer_who_approves_pays_the_order(shop: House) -> None:
    order_id = await shop.order_of()
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)))
    [payment] = answer["payments"]
    assert payment["status"] == "REQUIRES_ACTION"
    assert payment["actionUrl"].startswith("https://simulator.invalid/authenticate/")
    assert amounts(answer["order"]) == ("OPEN", 0, 0, 13824, 0)
    await shop.buyer(payment["paymentIntentId"], approves=True)
    assert amounts(await shop.read(order_id)) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.trail(order_id))[-2:] == ["PAYMENT_REQUIRES_ACTION", "PAYMENT_CAPTURED"]


async def test_while_the_buyer_is_waited_for_only_what_cannot_hurt_is_possible(shop: House) -> None:
    from flint_domain.commands.orders import CancelOrder, CloseOrder

    order_id = await shop.order_of()
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)))
    payment_id = answer["payments"][0]["paymentIntentId"]
    for command in (
        PayOrder(order_id=order_id, sources=("tok_visa",)),
        UpdateOrder(order_id=order_id, update=OrderUpdate(tip=Amount(amount=1))),
        ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"),
        CapturePayment(payment_id=payment_id),
        CancelOrder(order_id=order_id),
        CloseOrder(order_id=order_id),
    ):
        refused = await shop.refused(command, "payment_in_progress")
        assert payment_id in refused.message
        # Calling the payment off makes all of it possible but a capture, which would have nothing left.
        voiding = "void_payment would make it possible: call it only if that is wanted, too"
        waiting = "read the order for what is possible now"
        assert refused.hint == (waiting if isinstance(command, CapturePayment) else voiding)
    await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="ring twice")))
    assert await shop.actions(order_id) == {"update", "void"}


async def test_a_buyer_who_fails_the_step_leaves_the_order_payable(shop: House) -> None:
    order_id = await shop.order_of()
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)))
    await shop.buyer(answer["payments"][0]["paymentIntentId"], approves=False)
    after = await shop.read(order_id)
    assert states(after["payments"]) == [("DECLINED", 13824)]
    assert after["payments"][0]["declineCode"] == "payment_intent_authentication_failure"
    assert amounts((await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",))))["order"])[0] == "PAID"


async def test_a_step_that_was_called_off_is_not_charged_when_the_buyer_comes_back(shop: House) -> None:
    from flint_server.processors.simulated.waiting import NothingWaiting

    order_id = await shop.order_of()
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)), key="first")
    payment_id = answer["payments"][0]["paymentIntentId"]
    voided = await shop.do(VoidPayment(payment_id=payment_id))
    assert states(voided["payments"]) == [("VOIDED", 13824)]
    with pytest.raises(NothingWaiting):
        await shop.simulator.complete(payment_id)
    await shop.later()
    assert amounts(await shop.read(order_id)) == ("OPEN", 0, 0, 13824, 0)
    again = await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)), key="first")
    assert again["replayed"] is True
    assert states(again["payments"]) == [("VOIDED", 13824)]
    assert (await shop.balance(order_id)).charged == 0


async def test_a_void_that_comes_too_late_leaves_the_order_paid(shop: House) -> None:
    order_id = await shop.order_of()
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)))
    payment_id = answer["payments"][0]["paymentIntentId"]
    await shop.simulator.complete(payment_id)
    await shop.do(VoidPayment(payment_id=payment_id))
    await shop.flint.hear()
    assert amounts(await shop.read(order_id)) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.balance(order_id)).charged == 13824


async def test_an_authorization_that_waited_for_its_buyer_is_held_and_then_captured(shop: House) -> None:
    order_id = await shop.order_of()
    sources = ("tok_threeDSecure2Required",)
    answer = await shop.do(PayOrder(order_id=order_id, sources=sources, capture_later=True))
    payment_id = answer["payments"][0]["paymentIntentId"]
    await shop.buyer(payment_id, approves=True)
    assert (await shop.read(order_id))["paymentStatus"] == "AUTHORIZED"
    assert amounts((await shop.do(CapturePayment(payment_id=payment_id)))["order"])[0] == "PAID"


# ── answers that come late or not at all ──


async def test_a_pending_charge_is_settled_when_the_processor_says_so(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.fault("pending")
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert states(answer["payments"]) == [("PROCESSING", 13824)]
    assert amounts(answer["order"]) == ("OPEN", 0, 0, 13824, 0)
    await shop.refused(PayOrder(order_id=order_id, sources=("tok_visa",)), "payment_in_progress")
    await shop.later()
    assert amounts(await shop.read(order_id)) == ("PAID", 13824, 0, 0, 13824)


@pytest.mark.parametrize("fault", ["answer_lost", "error_500"])
async def test_an_unknown_outcome_is_asked_again_by_the_same_key_and_charged_once(shop: House, fault: str) -> None:
    order_id = await shop.order_of()
    await shop.fault(fault)
    pay = PayOrder(order_id=order_id, sources=("tok_visa",))
    unknown = await shop.do(pay, key="pay")
    assert states(unknown["payments"]) == [("UNKNOWN", 13824)]
    [warning] = unknown["order"]["warnings"]
    assert "send the same idempotencyKey again" in warning
    await shop.refused(pay, "payment_in_progress", key="another")
    again = await shop.do(pay, key="pay")
    assert again["replayed"] is True
    assert states(again["payments"]) == [("CAPTURED", 13824)]
    assert amounts(again["order"]) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.balance(order_id)).charged == 13824


@pytest.mark.parametrize("fault", ["answer_lost", "error_500"])
async def test_an_unknown_outcome_is_asked_again_by_recovery_and_charged_once(shop: House, fault: str) -> None:
    order_id = await shop.order_of()
    await shop.fault(fault)
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert await shop.recover() == 1
    assert amounts(await shop.read(order_id)) == ("PAID", 13824, 0, 0, 13824)
    assert await shop.recover() == 0
    assert (await shop.balance(order_id)).charged == 13824


async def test_a_processor_that_raises_leaves_the_outcome_unknown(shop: House) -> None:
    class Broken:
        name = "simulated"  # the same books, out of reach: those of another processor would be left to it

        async def perform(self, asked: object) -> None:
            raise ConnectionError("no route to host")

        attach = detach = find_method = perform

    order_id = await shop.order_of()
    shop.flint = shop.flint_for(shop.flint.merchant_id, processor=Broken())  # type: ignore[arg-type]
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert states(answer["payments"]) == [("UNKNOWN", 13824)]
    shop.flint = shop.flint_for(shop.flint.merchant_id)
    await shop.recover()
    assert amounts(await shop.read(order_id))[0] == "PAID"


# ── a total of nothing, and amounts that changed ──


async def test_a_zero_total_is_settled_without_a_token_and_without_a_transfer(shop: House) -> None:
    from decimal import Decimal

    from flint_domain.commands.orders import CloseOrder

    await shop.do(CreateCoupon(code="FREE", percent=Decimal(100)))
    order_id = await shop.order_of()
    free = await shop.do(ApplyCoupon(order_id=order_id, coupon_code="FREE"))
    assert amounts(free) == ("OPEN", 0, 0, 0, 0)
    [pay] = [action for action in free["availableActions"] if action["action"] == "pay"]
    assert "needs" not in pay
    assert pay["effect"] == "settles the zero total, nothing is charged"
    settled = await shop.do(PayOrder(order_id=order_id))
    assert (settled["order"]["status"], settled["order"]["paymentStatus"]) == ("PAID", "PAID")
    assert settled["payments"] == []
    await shop.refused(PayOrder(order_id=order_id), "nothing_to_pay")
    assert await shop.simulator.ledger() == []
    assert (await shop.do(CloseOrder(order_id=order_id)))["status"] == "CLOSED"


async def test_a_settled_zero_total_reopens_when_something_is_added(shop: House) -> None:
    order_id = await shop.order_of(LineInput(name="sample", unit_price=Amount(amount=0)))
    await shop.do(PayOrder(order_id=order_id))
    changed = await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(add=(SUPPORT,))))
    assert amounts(changed) == ("OPEN", 0, 0, 3132, 0)


async def test_paying_an_expected_amount_is_refused_when_the_order_changed(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    pay = PayOrder(order_id=order_id, sources=("tok_visa",), expected_outstanding=Amount(amount=13824))
    refused = await shop.refused(pay, "amount_changed")
    assert refused.message == "110.59 USD is outstanding, not 138.24 USD."
    assert refused.details["outstandingMoney"] == {"amount": 11059, "currency": "USD"}


async def test_paying_needs_a_source_and_the_right_currency(shop: House) -> None:
    order_id = await shop.order_of()
    assert (await shop.refused(PayOrder(order_id=order_id), "invalid_argument")).param == "paymentSourceTokens"
    euros = TenderInput(source="tok_visa", money=Amount(amount=100, currency="EUR"))
    refused = await shop.refused(PayOrder(order_id=order_id, tenders=(euros,)), "currency_mismatch")
    assert refused.message == "1.00 EUR is not in USD, the order's currency."


async def test_a_paid_order_is_not_paid_twice_and_keeps_its_price(shop: House) -> None:
    order_id = await shop.paid_order()
    await shop.refused(PayOrder(order_id=order_id, sources=("tok_visa",)), "nothing_to_pay")
    for update in (OrderUpdate(add=(PRO_PLAN,)), OrderUpdate(tip=Amount(amount=1)), OrderUpdate(charges=())):
        await shop.refused(UpdateOrder(order_id=order_id, update=update), "price_locked")
    noted = await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="gift", metadata={"till": "3"})))
    assert (noted["note"], noted["metadata"]) == ("gift", {"till": "3"})


async def test_no_card_number_and_no_token_is_shown(shop: House) -> None:
    order_id = await shop.paid_order()
    shown = str(await shop.ask(GetOrder(order_id=order_id, view="full")))
    payment_id = (await shop.read(order_id))["paymentIntentIds"][0]
    shown += str(await shop.ask(GetPayment(payment_id=payment_id)))
    assert "tok_visa" not in shown
