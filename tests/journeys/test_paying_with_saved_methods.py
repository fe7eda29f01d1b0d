"""Paying an order with a method saved for its customer: without the buyer, and for nobody else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flint_domain.commands.after_payment import MovePayment
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.payments import CapturePayment, PayOrder, TenderInput
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.customers.errands import ATTACH
from flint_domain.order.inputs import Amount
from flint_domain.order.payments.model import TransferKind
from tests.journeys.house import PRO_PLAN, House
from tests.journeys.saved_methods import add, at_the_processor, methods, new_customer, remove, saved

pytestmark = pytest.mark.anyio

AFTER_EXPIRY = datetime(2035, 1, 1, tzinfo=UTC)


async def pay(house: House, order_id: str, *sources: str, **more: Any) -> dict[str, Any]:
    return await house.do(PayOrder(order_id=order_id, sources=sources, **more))


@pytest.mark.promise("P12")
async def test_a_saved_card_pays_without_its_buyer_and_gets_its_money_back(house: House) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer)
    order_id = await house.order_of(customer_id=customer)
    paid = await pay(house, order_id, method_id)
    [payment] = paid["payments"]
    assert (paid["order"]["status"], payment["status"], payment["capturedMoney"]["amount"]) == (
        "PAID",
        "CAPTURED",
        12800,
    )
    assert payment["tender"] == {"type": "card", "brand": "visa", "last4": "4242", "paymentMethodId": method_id}
    assert (await house.balance(order_id)).charged == 12800
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=800))))
    assert (await house.balance(order_id)).refunded == 800


async def test_paypal_pays_at_once_and_when_it_is_saved(house: House) -> None:
    customer = await new_customer(house)
    for source in ("tok_paypal", await saved(house, customer, "tok_paypal")):
        order_id = await house.order_of(PRO_PLAN, customer_id=customer)
        [payment] = (await pay(house, order_id, source))["payments"]
        assert (payment["status"], payment["tender"]["type"]) == ("CAPTURED", "paypal")
        assert "last4" not in payment["tender"]
        assert payment["summary"] == "CAPTURED payment of 99.00 USD (paypal)."
        await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
        assert (await house.balance(order_id)).refunded == 9900


async def test_saved_cards_pay_together_and_are_captured_together(house: House) -> None:
    customer = await new_customer(house)
    visa, amex = await saved(house, customer), await saved(house, customer, "tok_amex")
    order_id = await house.order_of(customer_id=customer)
    paid = await pay(
        house,
        order_id,
        tenders=(
            TenderInput(source=visa, money=Amount(amount=10000)),
            TenderInput(source=amex, money=Amount(amount=2800)),
        ),
    )
    assert paid["order"]["status"] == "PAID"
    assert [payment["tender"]["brand"] for payment in paid["payments"]] == ["visa", "amex"]
    assert (await house.balance(order_id)).charged == 12800


async def test_a_card_that_attaches_and_then_declines_lets_the_next_one_pay(house: House) -> None:
    customer = await new_customer(house)
    failing, working = await saved(house, customer, "tok_chargeCustomerFail"), await saved(house, customer)
    order_id = await house.order_of(customer_id=customer)
    paid = await pay(house, order_id, failing, working)
    assert [payment["status"] for payment in paid["payments"]] == ["DECLINED", "CAPTURED"]
    assert paid["payments"][0]["declineCode"] == "generic_decline"
    assert (await house.balance(order_id)).charged == 12800
    assert (await methods(house, customer))[failing]["status"] == "active"


async def test_a_bank_that_always_wants_the_buyer_declines_a_saved_card(house: House) -> None:
    customer = await new_customer(house)
    charged = dict[str, str]()
    for token in ("tok_authenticationRequired", "tok_threeDSecure2Required"):
        waiting = await add(house, customer, token)
        await house.buyer(waiting["paymentMethodId"], approves=True)
        order_id = await house.order_of(PRO_PLAN, customer_id=customer)
        [payment] = (await pay(house, order_id, waiting["paymentMethodId"]))["payments"]
        charged[token] = payment.get("declineCode", payment["status"])
    assert charged == {
        "tok_authenticationRequired": "authentication_required",
        "tok_threeDSecure2Required": "CAPTURED",
    }


async def test_a_lost_answer_to_charging_a_saved_card_charges_it_once(house: House) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer)
    order_id = await house.order_of(customer_id=customer)
    await house.fault("answer_lost", transfer_kind=TransferKind.CHARGE)
    paid = await pay(house, order_id, method_id)
    assert paid["payments"][0]["status"] == "UNKNOWN"
    await remove(house, method_id)  # what is being charged is not touched
    await house.reopen()
    await house.recover()
    assert (await house.read(order_id))["status"] == "PAID"
    assert (await house.balance(order_id)).charged == 12800


async def test_a_held_saved_card_is_captured_after_it_was_removed(house: House) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer)
    order_id = await house.order_of(customer_id=customer)
    held = await pay(house, order_id, method_id, capture_later=True)
    await remove(house, method_id)
    captured = await house.do(CapturePayment(payment_id=held["payments"][0]["paymentIntentId"]))
    assert captured["order"]["status"] == "PAID"
    assert (await house.balance(order_id)).charged == 12800


async def test_a_method_removed_while_another_one_was_tried_is_declined_and_not_charged(house: House) -> None:
    customer = await new_customer(house)
    first, second = await saved(house, customer, "tok_chargeCustomerFail"), await saved(house, customer)
    order_id = await house.order_of(customer_id=customer)
    await house.fault("answer_lost", transfer_kind=TransferKind.CHARGE)
    await pay(house, order_id, first)
    await remove(house, second)
    await house.recover()
    assert (await house.balance(order_id)).charged == 0
    refused = await house.refused(PayOrder(order_id=order_id, sources=(second,)), "payment_method_unusable")
    assert refused.message == f"{second} is removed, not active."


async def test_a_payment_moves_to_a_saved_card_and_the_first_one_gets_its_money_back(house: House) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer, "tok_amex")
    order_id = await house.paid_order(customer_id=customer)
    [first] = (await house.read(order_id))["paymentIntentIds"]
    await house.do(MovePayment(payment_id=first, source=method_id))
    balance = await house.balance(order_id)
    assert (balance.charged, balance.refunded) == (25600, 12800)
    stranger = await saved(house, await new_customer(house), "tok_visa")
    second = (await house.read(order_id))["paymentIntentIds"][-1]
    refused = await house.refused(MovePayment(payment_id=second, source=stranger), "not_found")
    assert refused.message == f"The order's customer has no payment method {stranger}."


# ── who may pay with it ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_method_of_another_customer_looks_like_one_that_nobody_has(house: House) -> None:
    mine, theirs = await new_customer(house), await new_customer(house, "Mei Kovacs")
    own, other = await saved(house, mine), await saved(house, theirs)
    order_id = await house.order_of(customer_id=mine)
    nobodys = "pm_01KARRG0000000000000000001"
    told: list[str] = []
    for method_id in (other, nobodys):
        refused = await house.refused(PayOrder(order_id=order_id, sources=(method_id,)), "not_found")
        assert (refused.param, refused.hint) == ("paymentSourceTokens", f"the customer can pay with {own}")
        told.append(refused.message.replace(method_id, "it"))
    assert told == ["The order's customer has no payment method it."] * 2
    tenders = (TenderInput(source=other, money=Amount(amount=100)),)
    refused = await house.refused(PayOrder(order_id=order_id, tenders=tenders), "not_found")
    assert refused.param == "tenders"


@pytest.mark.parametrize("customer_id", [None, "walk-in-7"])
async def test_an_order_without_a_customer_that_flint_knows_takes_no_saved_method(
    house: House, customer_id: str | None
) -> None:
    method_id = await saved(house, await new_customer(house))
    order_id = await house.order_of(customer_id=customer_id)
    refused = await house.refused(PayOrder(order_id=order_id, sources=(method_id,)), "not_found")
    assert "update_order" in refused.hint


async def test_only_an_active_method_that_has_not_expired_pays(house: House) -> None:
    customer = await new_customer(house)
    waiting = (await add(house, customer, "tok_threeDSecure2Required"))["paymentMethodId"]
    refused_by_bank = (await add(house, customer, "tok_chargeDeclined"))["paymentMethodId"]
    visa, paypal = await saved(house, customer), await saved(house, customer, "tok_paypal")
    order_id = await house.order_of(customer_id=customer)
    unusable = "payment_method_unusable"
    refused = await house.refused(PayOrder(order_id=order_id, sources=(waiting,)), unusable)
    assert refused.message == f"{waiting} is being attached, not active."
    assert refused.hint == f"the customer can pay with {visa}, {paypal}"
    refused = await house.refused(PayOrder(order_id=order_id, sources=(refused_by_bank,)), unusable)
    assert refused.message == f"{refused_by_bank} is refused, not active."

    house.clock.at = AFTER_EXPIRY
    assert (await methods(house, customer))[visa]["expired"] is True
    refused = await house.refused(PayOrder(order_id=order_id, sources=(visa,)), unusable)
    assert (refused.message, refused.hint) == (f"{visa} has expired.", f"the customer can pay with {paypal}")
    assert (await pay(house, order_id, paypal))["order"]["status"] == "PAID"


async def test_a_card_pays_until_the_end_of_its_last_month(house: House) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer)
    order_id = await house.order_of(customer_id=customer)
    house.clock.at = datetime(2034, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert (await pay(house, order_id, method_id))["order"]["status"] == "PAID"


async def test_the_processors_own_methods_go_through_as_before(house: House) -> None:
    order_id = await house.order_of()
    assert (await pay(house, order_id, "pm_card_visa"))["order"]["status"] == "PAID"


# ── merged and erased customers ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_methods_of_a_merged_customer_pay_the_orders_of_both(house: House) -> None:
    former, survivor = await new_customer(house), await new_customer(house)
    method_id = await saved(house, former)
    old_order, new_order = await house.order_of(customer_id=former), await house.order_of(customer_id=survivor)
    await house.do(MergeCustomers(customer_id=former, into_customer_id=survivor))
    for order_id in (old_order, new_order):
        assert (await pay(house, order_id, method_id))["order"]["status"] == "PAID"
    assert (await remove(house, method_id))["status"] == "removed"
    assert await methods(house, survivor) == {}


async def test_an_erased_customers_methods_are_forgotten_at_the_processor_even_those_on_their_way(
    house: House,
) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer)
    waiting = (await add(house, customer, "tok_threeDSecure2Required"))["paymentMethodId"]
    await house.fault("answer_lost", transfer_kind=ATTACH)
    unanswered = (await add(house, customer, "tok_amex"))["paymentMethodId"]
    await house.do(EraseCustomer(customer_id=customer))
    await house.recover()
    await house.flint.hear()
    assert await at_the_processor(house) == dict.fromkeys((method_id, waiting, unanswered), "detached")
    assert await methods(house, customer) == {}
    assert "4242" not in "".join(row for row in house.contents() if "customers" in row)
