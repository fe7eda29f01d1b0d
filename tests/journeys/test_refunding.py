"""How money goes back: by amount, by line, through several payments, late, and never more than came in."""

from datetime import timedelta
from decimal import Decimal

import pytest

from flint_domain.commands.coupons import ApplyCoupon
from flint_domain.commands.payments import PayOrder, TenderInput
from flint_domain.commands.refunds import CreateRefund, GetRefund, QuoteRefund, RefundLine, RefundTarget
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, ChargeInput, LineInput
from flint_domain.order.payments.model import TransferKind
from tests.journeys.house import SUPPORT, House, amounts


def of(order_id: str, amount: int | None = None, **what) -> RefundTarget:
    return RefundTarget(order_id=order_id, amount=None if amount is None else Amount(amount=amount), **what)


def parts(refund: dict) -> list[tuple[int, int]]:
    """Amount and tax of each line of a refund."""
    return [(line["amountMoney"]["amount"], line["taxMoney"]["amount"]) for line in refund["lines"]]


async def line_ids(house: House, order_id: str) -> list[str]:
    return [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]


@pytest.mark.promise("P6")
async def test_a_line_goes_back_with_its_own_tax_and_discount(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    support = (await line_ids(shop, order_id))[1]
    made = await shop.do(CreateRefund(target=of(order_id, lines=(RefundLine(line_id=support),))))
    assert parts(made["refund"]) == [(2506, 186)]
    assert made["refund"]["lines"][0]["quantity"] == 1
    assert made["order"]["warnings"] == []
    after = await shop.read(order_id)
    assert [line["refundableMoney"]["amount"] for line in after["lineItems"]] == [8553, 0]
    assert amounts(after) == ("PARTIALLY_REFUNDED", 11059, 2506, 0, 8553)


async def test_units_go_back_cumulatively_and_the_last_takes_the_last_cent(shop: House) -> None:
    order_id = await shop.paid_order(LineInput(name="mug", quantity=Decimal(3), unit_price=Amount(amount=333)))
    [mug] = await line_ids(shop, order_id)
    assert amounts(await shop.read(order_id))[1] == 1079  # 999 and 80 of tax
    gone = []
    for number in range(3):
        line = RefundLine(line_id=mug, quantity=Decimal(1))
        made = await shop.do(CreateRefund(target=of(order_id, lines=(line,))), key=f"unit {number}")
        gone += parts(made["refund"])
        assert made["order"]["lineItems"][0]["refundedQuantity"] == number + 1
    assert gone == [(360, 27), (359, 26), (360, 27)]
    assert amounts(await shop.read(order_id)) == ("REFUNDED", 1079, 1079, 0, 0)
    line = RefundLine(line_id=mug, quantity=Decimal(1))
    await shop.refused(CreateRefund(target=of(order_id, lines=(line,))), "nothing_to_refund")


async def test_charges_and_the_tip_go_back_by_name(shop: House) -> None:
    order_id = await shop.order_of(
        SUPPORT,
        tip=Amount(amount=500),
        charges=(ChargeInput(name="shipping", money=Amount(amount=1000), taxable=True),),
    )
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    paid = await shop.read(order_id)
    assert amounts(paid)[1] == 2900 + 1000 + 312 + 500
    charge_id = paid["charges"][0]["chargeId"]
    made = await shop.do(CreateRefund(target=of(order_id, charge_ids=(charge_id,), tip=True)))
    assert parts(made["refund"]) == [(1080, 80), (500, 0)]
    assert made["refund"]["lines"][1]["tip"] is True
    again = await shop.refused(CreateRefund(target=of(order_id, tip=True)), "nothing_to_refund")
    assert again.param == "tip"
    rest = await shop.do(CreateRefund(target=of(order_id)))
    assert amounts(rest["order"]) == ("REFUNDED", 4712, 4712, 0, 0)


@pytest.mark.promise("P6")
async def test_a_refund_never_exceeds_what_was_paid(shop: House) -> None:
    order_id = await shop.paid_order()
    refused = await shop.refused(CreateRefund(target=of(order_id, 13825)), "amount_too_high")
    assert refused.message == "138.25 USD is more than the 138.24 USD that can go back."
    assert refused.details["maxMoney"] == {"amount": 13824, "currency": "USD"}
    await shop.do(CreateRefund(target=of(order_id, 13823)))
    await shop.refused(CreateRefund(target=of(order_id, 2)), "amount_too_high")
    await shop.do(CreateRefund(target=of(order_id, 1)))
    await shop.refused(CreateRefund(target=of(order_id, 1)), "nothing_to_refund")
    assert (await shop.balance(order_id)).refunded == 13824


async def test_a_partly_paid_order_gives_back_what_was_paid_and_no_whole_line(shop: House) -> None:
    from flint_domain.commands.payments import TenderInput

    order_id = await shop.order_of()
    tender = TenderInput(source="tok_visa", money=Amount(amount=5000))
    await shop.do(PayOrder(order_id=order_id, tenders=(tender,)))
    plan = (await line_ids(shop, order_id))[0]
    refused = await shop.refused(
        CreateRefund(target=of(order_id, lines=(RefundLine(line_id=plan),))), "amount_too_high"
    )
    assert refused.details["maxMoney"]["amount"] == 5000
    made = await shop.do(CreateRefund(target=of(order_id)))
    assert amounts(made["order"]) == ("REFUNDED", 5000, 5000, 8824, 0)


async def test_a_quote_is_what_the_refund_then_is(shop: House) -> None:
    order_id = await shop.paid_order()
    support = (await line_ids(shop, order_id))[1]
    for number, target in enumerate(
        (of(order_id, 777), of(order_id, lines=(RefundLine(line_id=support),)), of(order_id))
    ):
        quote = (await shop.ask(QuoteRefund(target=target)))["quote"]
        made = await shop.do(CreateRefund(target=target), key=f"refund {number}")
        assert quote["amountMoney"] == made["refund"]["amountMoney"]
        assert quote["taxMoney"] == made["refund"]["taxMoney"]
        assert parts(quote) == parts(made["refund"])
        left = made["order"]["settlementAmounts"]["refundableMoney"]
        assert quote["remainingRefundableMoney"] == left


async def test_an_equal_refund_minutes_later_is_refused_unless_it_has_a_new_key(shop: House) -> None:
    order_id = await shop.paid_order()
    first = await shop.do(CreateRefund(target=of(order_id, 500)))
    refused = await shop.refused(CreateRefund(target=of(order_id, 500)), "look_alike_refund")
    assert refused.details["refundId"] == first["refund"]["refundId"]
    assert "new idempotencyKey" in refused.hint
    await shop.do(CreateRefund(target=of(order_id, 501)))
    await shop.do(CreateRefund(target=of(order_id, 500)), key="meant")
    shop.clock.passes(timedelta(minutes=11))
    await shop.do(CreateRefund(target=of(order_id, 500)))
    assert (await shop.balance(order_id)).refunded == 2001


async def test_a_unit_sent_again_is_refused_though_the_next_one_costs_a_cent_less(shop: House) -> None:
    order_id = await shop.paid_order(LineInput(name="mug", quantity=Decimal(3), unit_price=Amount(amount=333)))
    [mug] = await line_ids(shop, order_id)
    again = CreateRefund(target=of(order_id, lines=(RefundLine(line_id=mug, quantity=Decimal(1)),)))
    first = await shop.do(again)
    refused = await shop.refused(again, "look_alike_refund")
    assert refused.details["refundId"] == first["refund"]["refundId"]
    two = CreateRefund(target=of(order_id, lines=(RefundLine(line_id=mug, quantity=Decimal(2)),)))
    await shop.do(two)
    assert (await shop.balance(order_id)).refunded == 1079


@pytest.mark.parametrize("amount", [9000, 13000])
async def test_an_amount_sent_again_is_not_told_how_much_more_could_go_back(shop: House, amount: int) -> None:
    order_id = await shop.paid_order()
    await shop.do(CreateRefund(target=of(order_id, amount)))
    await shop.refused(CreateRefund(target=of(order_id, amount)), "look_alike_refund")
    await shop.refused(CreateRefund(target=of(order_id, amount - 1)), "amount_too_high")
    await shop.refused(CreateRefund(target=of(order_id, amount)), "amount_too_high", key="meant")


async def test_an_amount_sent_again_is_refused_though_other_payments_would_give_it(shop: House) -> None:
    order_id = await shop.order_of()
    half = TenderInput(source="tok_visa", money=Amount(amount=6912))
    await shop.do(PayOrder(order_id=order_id, tenders=(half, TenderInput(source="tok_mastercard"))))
    first = await shop.do(CreateRefund(target=of(order_id, 5000)))
    refused = await shop.refused(CreateRefund(target=of(order_id, 5000)), "look_alike_refund")
    assert refused.details["refundId"] == first["refund"]["refundId"]
    [visa] = [paid for paid in (await shop.read(order_id))["payments"] if paid["tender"]["brand"] == "visa"]
    named = RefundTarget(payment_id=visa["paymentIntentId"], amount=Amount(amount=5000))
    shop.clock.passes(timedelta(seconds=1))
    await shop.do(CreateRefund(target=named))
    await shop.refused(CreateRefund(target=named), "look_alike_refund")
    assert (await shop.balance(order_id)).refunded == 10000


async def test_a_pending_refund_counts_as_refunded_until_it_fails(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_pendingRefund")
    made = await shop.do(CreateRefund(target=of(order_id, 3824)))
    assert made["refund"]["status"] == "PENDING"
    assert amounts(made["order"]) == ("PARTIALLY_REFUNDED", 13824, 3824, 0, 10000)
    assert made["order"]["settlementAmounts"]["pendingRefundMoney"]["amount"] == 3824
    await shop.refused(CreateRefund(target=of(order_id, 10001)), "amount_too_high")
    await shop.simulator.fail(made["refund"]["refundId"])
    await shop.flint.hear()
    after = await shop.read(order_id)
    assert amounts(after) == ("PAID", 13824, 0, 0, 13824)
    assert after["refunds"][0]["status"] == "FAILED"
    assert any("failed" in warning and "refundable again" in warning for warning in after["warnings"])


async def test_a_pending_refund_succeeds_later(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_pendingRefund")
    made = await shop.do(CreateRefund(target=of(order_id)))
    await shop.later()
    shown = await shop.ask(GetRefund(refund_id=made["refund"]["refundId"]))
    assert shown["status"] == "SUCCEEDED"
    assert amounts(await shop.read(order_id)) == ("REFUNDED", 13824, 13824, 0, 0)


async def test_a_refund_that_succeeded_can_fail_later_and_its_money_goes_back_another_time(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_refundFail")
    made = await shop.do(CreateRefund(target=of(order_id)))
    assert made["refund"]["status"] == "SUCCEEDED"
    assert amounts(made["order"])[0] == "REFUNDED"
    await shop.later()
    assert amounts(await shop.read(order_id)) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.trail(order_id))[-2:] == ["REFUND_SUCCEEDED", "REFUND_FAILED"]
    assert "refund" in await shop.actions(order_id)
    assert amounts((await shop.do(CreateRefund(target=of(order_id))))["order"])[0] == "REFUNDED"


async def test_a_late_failure_that_the_store_could_not_take_is_heard_again(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_refundFail")
    await shop.do(CreateRefund(target=of(order_id)))
    shop.clock.passes(timedelta(seconds=5))
    store = shop.flint.store

    class Full:
        def __getattr__(self, name: str):
            return getattr(store, name)

        async def write(self, merchant_id, change):
            raise Refused("storage_unavailable", "the disk is full", hint="free some space")

    full = shop.flint_for(shop.flint.merchant_id, store=Full())  # type: ignore[arg-type]
    assert await full.hear() == 1
    assert amounts(await shop.read(order_id))[0] == "REFUNDED"
    assert await shop.flint.hear() == 1
    assert amounts(await shop.read(order_id)) == ("PAID", 13824, 0, 0, 13824)
    assert await shop.flint.hear() == 0


async def test_a_declined_refund_leaves_the_money_where_it_was(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_createDispute")
    made = await shop.do(CreateRefund(target=of(order_id, 100)))
    assert made["refund"]["status"] == "FAILED"
    assert amounts(made["order"]) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.balance(order_id)).refunded == 0


async def test_every_refund_of_a_payment_may_be_declined(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_createDispute")
    for amount in (100, 200, 300):
        made = await shop.do(CreateRefund(target=of(order_id, amount)))
        assert made["refund"]["status"] == "FAILED"
        assert made["refund"]["failureMessage"].startswith("The buyer has disputed this charge")
    assert amounts(await shop.read(order_id)) == ("PAID", 13824, 0, 0, 13824)


@pytest.mark.parametrize("fault", ["answer_lost", "error_500"])
async def test_a_refund_without_an_answer_reserves_its_money_and_is_made_once(shop: House, fault: str) -> None:
    order_id = await shop.paid_order()
    await shop.fault(fault, transfer_kind=TransferKind.REFUND)
    made = await shop.do(CreateRefund(target=of(order_id, 10000)), key="refund")
    assert made["refund"]["status"] == "PENDING"
    assert amounts(made["order"]) == ("PARTIALLY_REFUNDED", 13824, 10000, 0, 3824)
    await shop.refused(CreateRefund(target=of(order_id, 3825)), "amount_too_high")
    again = await shop.do(CreateRefund(target=of(order_id, 10000)), key="refund")
    assert (again["replayed"], again["refund"]["status"]) == (True, "SUCCEEDED")
    assert (await shop.balance(order_id)).refunded == 10000


async def test_refunding_nothing_or_somebody_elses_payment_is_refused(shop: House) -> None:
    first, second = await shop.paid_order(), await shop.paid_order()
    payment_id = (await shop.read(second))["paymentIntentIds"][0]
    mixed = await shop.refused(CreateRefund(target=of(first, payment_id=payment_id)), "invalid_argument")
    assert mixed.message == f"{payment_id} is not a payment of {first}."
    await shop.refused(CreateRefund(target=of(first, 0)), "nothing_to_refund")
    await shop.refused(CreateRefund(target=RefundTarget()), "invalid_argument")
    await shop.refused(CreateRefund(target=RefundTarget(payment_id="pi_nobody")), "not_found")
    other_line = (await line_ids(shop, second))[0]
    await shop.refused(CreateRefund(target=of(first, lines=(RefundLine(line_id=other_line),))), "not_found")
    await shop.refused(CreateRefund(target=of(await shop.order_of())), "nothing_to_refund")


async def test_a_refund_of_several_payments_keeps_every_line_within_its_price(shop: House) -> None:
    from flint_domain.commands.payments import TenderInput

    order_id = await shop.order_of()
    for amount in (9999, 2000):
        tender = TenderInput(source="tok_visa", money=Amount(amount=amount))
        await shop.do(PayOrder(order_id=order_id, tenders=(tender,)))
    await shop.do(PayOrder(order_id=order_id, sources=("tok_mastercard",)))
    made = await shop.do(CreateRefund(target=of(order_id)))
    whole = made["refund"]
    assert whole["amountMoney"]["amount"] == 13824
    assert whole["summary"] == (
        "SUCCEEDED refund of 138.24 USD: 18.25 USD to mastercard 4444 + 20.00 USD to visa 4242 + "
        "99.99 USD to visa 4242."
    )
    assert [line["amountMoney"]["amount"] for line in whole["lines"]] == [10692, 3132], "no line is told twice"
    assert [refund["amountMoney"]["amount"] for refund in whole["parts"]] == [1825, 2000, 9999]
    by_line: dict[str, int] = {}
    for refund in whole["parts"]:
        for line in refund["lines"]:
            by_line[line["lineItemId"]] = by_line.get(line["lineItemId"], 0) + line["amountMoney"]["amount"]
    assert sorted(by_line.values()) == [3132, 10692]
