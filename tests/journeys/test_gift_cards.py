"""Gift cards as a tender: in part beside a card, declined, held, and given back."""

from datetime import timedelta

from flint_domain.commands.gift_cards import AdjustGiftCard, IssueGiftCard
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.inputs import Amount
from flint_domain.queries.gift_cards import GetGiftCard
from flint_domain.queries.orders import GetOrder
from tests.journeys.credit import DECLINED, MUG, SHIRT, card_with, gift_and_card, ledger, left_on, tenders
from tests.journeys.house import START, House, amounts

# ── paying ──


async def test_a_gift_card_pays_an_order_by_its_code_however_it_is_typed(house: House) -> None:
    account_id, code = await card_with(house, 12000)
    for typed in (code, code.lower(), code.replace("-", ""), account_id):
        order_id = await house.order_of(MUG)
        paid = await house.do(PayOrder(order_id=order_id, sources=(typed,)))
        assert amounts(paid["order"]) == ("PAID", 2900, 0, 0, 2900)
        assert paid["payments"][0]["tender"] == {
            "type": "gift_card",
            "last4": code[-4:],
            "accountId": account_id,
        }
        assert paid["payments"][0]["status"] == "CAPTURED"
    assert await ledger(house, code) == [
        ("issued", 12000, 12000),
        ("spent", -2900, 9100),
        ("spent", -2900, 6200),
        ("spent", -2900, 3300),
        ("spent", -2900, 400),
    ]
    assert await house.simulator.ledger() == []


async def test_a_gift_card_pays_a_part_and_a_card_the_rest_in_one_call(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    paid = await house.do(PayOrder(order_id=order_id, tenders=gift_and_card(code, 2000, "tok_visa", 3000)))
    assert amounts(paid["order"]) == ("PAID", 5000, 0, 0, 5000)
    assert tenders(paid["payments"]) == [("gift_card", "CAPTURED", 2000), ("card", "CAPTURED", 3000)]
    assert (await house.balance(order_id)).charged == 3000
    assert await ledger(house, code) == [
        ("issued", 2000, 2000),
        ("held", -2000, 0),
        ("released", 2000, 2000),
        ("spent", -2000, 0),
    ]


async def test_when_the_card_beside_it_is_declined_the_gift_card_has_its_money_back(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    answer = await house.do(PayOrder(order_id=order_id, tenders=gift_and_card(code, 2000, DECLINED, 3000)))
    assert amounts(answer["order"]) == ("OPEN", 0, 0, 5000, 0)
    assert [payment["status"] for payment in answer["payments"]] == ["VOIDED", "DECLINED"]
    assert await ledger(house, code) == [("issued", 2000, 2000), ("held", -2000, 0), ("released", 2000, 2000)]


async def test_when_the_gift_card_declines_the_cards_beside_it_are_not_even_asked(house: House) -> None:
    (_, full), (_, empty) = await card_with(house, 2000), await card_with(house, 10)
    order_id = await house.order_of(SHIRT)
    cards = gift_and_card("tok_visa", 1000, "tok_mastercard", 1000)
    pay = PayOrder(order_id=order_id, tenders=(*cards, *gift_and_card(full, 2000, empty, 1000)))
    answer = await house.do(pay, key="pay")
    assert amounts(answer["order"]) == ("OPEN", 0, 0, 5000, 0)
    assert [(p["status"], p.get("declineCode"), p.get("retryable")) for p in answer["payments"]] == [
        ("DECLINED", "not_asked", True),
        ("DECLINED", "not_asked", True),
        ("VOIDED", None, None),
        ("DECLINED", "insufficient_balance", False),
    ]
    assert answer["payments"][0]["declineMessage"] == "not asked, since another tender was declined"
    assert await house.simulator.ledger() == []
    assert (await left_on(house, full), await left_on(house, empty)) == (2000, 10)
    assert "pay" in await house.actions(order_id)
    assert (await house.do(pay, key="pay"))["payments"] == answer["payments"]
    assert await house.recover() == 0


async def test_when_parts_are_kept_the_card_beside_a_gift_card_that_declines_is_asked(house: House) -> None:
    _, empty = await card_with(house, 10)
    order_id = await house.order_of(SHIRT)
    both = gift_and_card(empty, 2000, "tok_visa", 3000)
    kept = await house.do(PayOrder(order_id=order_id, tenders=both, keep_partial=True))
    assert [payment["status"] for payment in kept["payments"]] == ["DECLINED", "CAPTURED"]
    assert amounts(kept["order"]) == ("OPEN", 3000, 0, 2000, 3000)


async def test_what_a_gift_card_can_pay_is_kept_when_the_caller_says_so(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    both = gift_and_card(code, 2000, DECLINED, 3000)
    kept = await house.do(PayOrder(order_id=order_id, tenders=both, keep_partial=True))
    assert amounts(kept["order"]) == ("OPEN", 2000, 0, 3000, 2000)
    assert await left_on(house, code) == 0


async def test_a_gift_card_that_holds_too_little_declines_and_says_what_it_could_pay(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    [declined] = (await house.do(PayOrder(order_id=order_id, sources=(code,))))["payments"]
    assert (declined["status"], declined["declineCode"]) == ("DECLINED", "insufficient_balance")
    assert declined["declineMessage"] == (
        f"gift card ending {code[-4:]} holds 20.00 USD, less than 50.00 USD; "
        "tenders can pay 20.00 USD with it and the rest otherwise"
    )
    assert declined["retryable"] is False
    assert await ledger(house, code) == [("issued", 2000, 2000)]


async def test_a_gift_card_that_is_passed_over_is_named_with_what_it_holds(house: House) -> None:
    gift_id, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    for sources in ((code, "tok_visa"), (DECLINED, code, "tok_visa")):
        dry = await house.do(PayOrder(order_id=order_id, sources=sources), dry_run=True)
        if sources[0] == code:
            assert [made["amountMoney"]["amount"] for made in dry["wouldTransfer"]] == [5000]
        other = await house.order_of(SHIRT)
        paid = await house.do(PayOrder(order_id=other, sources=sources))
        assert amounts(paid["order"]) == ("PAID", 5000, 0, 0, 5000)
        assert paid["order"]["warnings"] == [
            f"{gift_id} paid nothing: gift card ending {code[-4:]} holds 20.00 USD, less than 50.00 USD; "
            "tenders can pay 20.00 USD with it and the rest otherwise"
        ]
        shown = await house.ask(GetOrder(order_id=other))
        assert not shown.get("warnings"), "it is about that call, not the order"


async def test_the_last_tender_pays_the_rest_when_it_names_no_amount(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    both = (TenderInput(source=code, money=Amount(amount=2000)), TenderInput(source="tok_visa"))
    paid = await house.do(PayOrder(order_id=order_id, tenders=both))
    assert tenders(paid["payments"]) == [("gift_card", "CAPTURED", 2000), ("card", "CAPTURED", 3000)]
    assert amounts(paid["order"]) == ("PAID", 5000, 0, 0, 5000)
    alone = await house.order_of(SHIRT)
    all_of_it = await house.do(PayOrder(order_id=alone, tenders=(TenderInput(source="tok_visa"),)))
    assert tenders(all_of_it["payments"]) == [("card", "CAPTURED", 5000)]


async def test_only_the_last_tender_may_leave_its_amount_out_and_only_while_something_is_left(house: House) -> None:
    order_id = await house.order_of(SHIRT)
    one = TenderInput(source="tok_visa", money=Amount(amount=2000))
    rest = TenderInput(source="tok_mastercard")
    for tenders_ in ((rest, one), (rest, rest)):
        refused = await house.refused(PayOrder(order_id=order_id, tenders=tenders_), "invalid_argument")
        assert refused.message == "A tender before the last one has no amountMoney."
    for amount in (5000, 5001):
        whole = TenderInput(source="tok_visa", money=Amount(amount=amount))
        refused = await house.refused(PayOrder(order_id=order_id, tenders=(whole, rest)), "amount_too_high")
        assert (refused.message, refused.hint) == (
            "The other tenders pay all of the 50.00 USD that can be charged, and leave the last one nothing.",
            "leave the last one out, or lower the others",
        )


async def test_a_gift_card_that_declines_moves_on_to_the_card_after_it(house: House) -> None:
    _, empty = await card_with(house, 100)
    _, full = await card_with(house, 5000)
    order_id = await house.order_of(SHIRT)
    paid = await house.do(PayOrder(order_id=order_id, sources=(empty, DECLINED, full, "tok_visa")))
    assert [p["status"] for p in paid["payments"]] == ["DECLINED", "DECLINED", "CAPTURED"]
    assert amounts(paid["order"]) == ("PAID", 5000, 0, 0, 5000)
    assert (await left_on(house, empty), await left_on(house, full)) == (100, 0)
    assert (await house.balance(order_id)).charged == 0


async def test_a_gift_card_does_not_pay_when_it_is_off_has_expired_or_is_in_another_currency(house: House) -> None:
    _, off = await card_with(house, 5000)
    await house.do(AdjustGiftCard(account=off, active=False))
    _, expiring = await card_with(house, 5000, expires_at=START + timedelta(days=1))
    euros = (await house.do(IssueGiftCard(money=Amount(amount=5000, currency="EUR"))))["code"]
    house.clock.passes(timedelta(days=1))
    order_id = await house.order_of(SHIRT)
    answer = await house.do(PayOrder(order_id=order_id, sources=(off, expiring, euros)))
    assert [(p["declineCode"], p["declineMessage"]) for p in answer["payments"]] == [
        ("inactive_account", f"gift card ending {off[-4:]} is switched off"),
        ("expired_account", f"gift card ending {expiring[-4:]} expired on 2026-11-24 12:00 UTC"),
        ("currency_mismatch", f"gift card ending {euros[-4:]} is in EUR, and cannot pay 50.00 USD"),
    ]
    assert [await left_on(house, code) for code in (off, expiring, euros)] == [5000, 5000, 5000]


async def test_a_code_that_no_card_has_is_refused_and_not_repeated(house: House) -> None:
    _, code = await card_with(house, 5000)
    order_id = await house.order_of(SHIRT)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    unknown = "gift_01K00000000000000000000000"
    for source, named in ((wrong, "gift card with this code"), (unknown, unknown)):
        refused = await house.refused(PayOrder(order_id=order_id, sources=("tok_visa", source)), "not_found")
        assert (refused.message, refused.param) == (f"There is no {named}.", "paymentSourceTokens")
    tender = TenderInput(source=wrong, money=Amount(amount=1))
    assert (await house.refused(PayOrder(order_id=order_id, tenders=(tender,)), "not_found")).param == "tenders"


# ── held and captured later ──


async def test_what_an_authorization_holds_is_not_there_for_others_until_it_is_released(house: House) -> None:
    _, code = await card_with(house, 6000)
    first, second = await house.order_of(SHIRT), await house.order_of(SHIRT)
    held = await house.do(PayOrder(order_id=first, sources=(code,), capture_later=True))
    assert held["payments"][0]["status"] == "AUTHORIZED"
    read = await house.ask(GetGiftCard(account=code))
    assert (read["balanceMoney"]["amount"], read["heldMoney"]["amount"]) == (1000, 5000)
    assert read["summary"] == f"ACTIVE gift card ending {code[-4:]}: 10.00 USD, 50.00 USD set aside."
    [declined] = (await house.do(PayOrder(order_id=second, sources=(code,))))["payments"]
    assert declined["declineCode"] == "insufficient_balance"
    await house.do(VoidPayment(payment_id=held["payments"][0]["paymentIntentId"]))
    assert "heldMoney" not in await house.ask(GetGiftCard(account=code))
    paid = await house.do(PayOrder(order_id=second, sources=(code,)))
    assert amounts(paid["order"])[0] == "PAID"
    assert await left_on(house, code) == 1000


async def test_a_partial_capture_gives_the_rest_back_at_once(house: House) -> None:
    _, code = await card_with(house, 5000)
    order_id = await house.order_of(SHIRT)
    held = await house.do(PayOrder(order_id=order_id, sources=(code,), capture_later=True))
    payment_id = held["payments"][0]["paymentIntentId"]
    part = await house.do(CapturePayment(payment_id=payment_id, amount=Amount(amount=1800)))
    assert amounts(part["order"]) == ("OPEN", 1800, 0, 3200, 1800)
    assert await ledger(house, code) == [
        ("issued", 5000, 5000),
        ("held", -5000, 0),
        ("released", 5000, 5000),
        ("spent", -1800, 3200),
    ]
    rest = await house.do(PayOrder(order_id=order_id, sources=(code,)))
    assert amounts(rest["order"]) == ("PAID", 5000, 0, 0, 5000)
    assert await left_on(house, code) == 0


async def test_what_was_held_is_captured_even_from_a_card_that_was_switched_off_since(house: House) -> None:
    _, code = await card_with(house, 5000)
    order_id = await house.order_of(SHIRT)
    held = await house.do(PayOrder(order_id=order_id, sources=(code,), capture_later=True))
    await house.do(AdjustGiftCard(account=code, active=False, note="reported lost"))
    captured = await house.do(CapturePayment(payment_id=held["payments"][0]["paymentIntentId"]))
    assert amounts(captured["order"]) == ("PAID", 5000, 0, 0, 5000)
    assert [entry for entry, *_ in await ledger(house, code)] == [
        "issued",
        "held",
        "switched_off",
        "released",
        "spent",
    ]


# ── back again ──


async def test_refunds_go_back_to_each_tender_through_its_own_payment(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    paid = await house.do(PayOrder(order_id=order_id, tenders=gift_and_card(code, 2000, "tok_visa", 3000)))
    gift_payment = paid["payments"][0]["paymentIntentId"]
    back = await house.do(CreateRefund(target=RefundTarget(payment_id=gift_payment, amount=Amount(amount=500))))
    assert (back["refund"]["status"], amounts(back["order"])) == (
        "SUCCEEDED",
        ("PARTIALLY_REFUNDED", 5000, 500, 0, 4500),
    )
    assert await left_on(house, code) == 500
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert amounts(await house.read(order_id)) == ("REFUNDED", 5000, 5000, 0, 0)
    assert await left_on(house, code) == 2000
    assert (await house.balance(order_id)).refunded == 3000
    assert await ledger(house, code) == [
        ("issued", 2000, 2000),
        ("held", -2000, 0),
        ("released", 2000, 2000),
        ("spent", -2000, 0),
        ("refunded", 500, 500),
        ("refunded", 1500, 2000),
    ]
    await house.refused(CreateRefund(target=RefundTarget(payment_id=gift_payment)), "nothing_to_refund")


async def test_money_goes_back_even_to_a_card_that_has_expired(house: House) -> None:
    _, code = await card_with(house, 5000, expires_at=START + timedelta(days=1))
    order_id = await house.paid_order(SHIRT, token=code)
    house.clock.passes(timedelta(days=2))
    back = await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert back["refund"]["status"] == "SUCCEEDED"
    read = await house.ask(GetGiftCard(account=code))
    assert (read["status"], read["balanceMoney"]["amount"]) == ("EXPIRED", 5000)


async def test_canceling_gives_back_what_was_held_and_what_was_spent(house: House) -> None:
    _, code = await card_with(house, 5000)
    order_id = await house.order_of(SHIRT)
    await house.do(PayOrder(order_id=order_id, tenders=(TenderInput(source=code, money=Amount(amount=1500)),)))
    await house.do(PayOrder(order_id=order_id, sources=(code,), capture_later=True))
    assert await left_on(house, code) == 0
    canceled = await house.do(CancelOrder(order_id=order_id))
    assert amounts(canceled) == ("CANCELED", 1500, 1500, 3500, 0)
    assert await left_on(house, code) == 5000
