"""refundTo of a refund: back to what paid, one payment of several, a gift card or store credit; and nowhere else."""

import pytest

from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.gift_cards import AdjustGiftCard, IssueGiftCard
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, GetRefund, QuoteRefund, RefundTarget
from flint_domain.customers.model import Profile
from flint_domain.kernel.errors import ErrorCode, Refused
from flint_domain.order.inputs import Amount
from tests.journeys.credit import SHIRT, card_with, gift_and_card, ledger, left_on
from tests.journeys.house import House, amounts, facts_of


def of(order_id: str, amount: int | None = None, payment_id: str | None = None) -> RefundTarget:
    money = None if amount is None else Amount(amount=amount)
    return RefundTarget(order_id=order_id, amount=money, payment_id=payment_id)


async def ann(house: House) -> str:
    return (await house.do(SaveCustomer(profile=Profile(name="Ann"))))["customer"]["customerId"]


async def split(house: House) -> tuple[str, str, str, str]:
    """An order of 50.00, 10.00 of it paid by a gift card and then 40.00 by visa: it, both payments, the card."""
    gift_id, code = await card_with(house, 1000)
    order_id = await house.order_of(SHIRT)
    both = gift_and_card(code, 1000, "tok_visa", 4000)
    gift, visa = (await house.do(PayOrder(order_id=order_id, tenders=both)))["payments"]
    return order_id, gift["paymentIntentId"], visa["paymentIntentId"], gift_id


# ── through several payments ──


async def test_a_refund_through_two_payments_says_the_whole_first_and_then_its_parts(house: House) -> None:
    order_id, gift, visa, gift_id = await split(house)
    target = of(order_id, 4250)
    quote = (await house.ask(QuoteRefund(target=target)))["quote"]
    last4 = (await house.read(order_id))["payments"][0]["tender"]["last4"]
    shares = f"40.00 USD to visa 4242 + 2.50 USD to gift_card {last4}"
    assert quote["summary"] == f"Would refund 42.50 USD: {shares}."
    made = (await house.do(CreateRefund(target=target, note="late", reason="damaged"), "refund"))["refund"]
    assert made["summary"] == f"SUCCEEDED refund of 42.50 USD: {shares}."
    assert (made["amountMoney"]["amount"], made["reason"], made["note"]) == (4250, "damaged", "late")
    assert not {"refundId", "paymentIntentId"} & made.keys()
    assert [(p["paymentIntentId"], p["amountMoney"]["amount"]) for p in made["parts"]] == [(visa, 4000), (gift, 250)]
    assert [line["amountMoney"]["amount"] for line in made["lines"]] == [4250]
    assert quote["lines"] == made["lines"]
    replayed = await house.do(CreateRefund(target=target, note="late", reason="damaged"), "refund")
    assert (replayed["replayed"], replayed["refund"]) == (True, made)
    for part in made["parts"]:
        assert await house.ask(GetRefund(refund_id=part["refundId"])) == part
    told = [data for kind, data in facts_of(house, order_id) if kind == "REFUND_SUCCEEDED"]
    assert sorted(data["amount"] for data in told) == [250, 4000], "each part has an event of its own"
    assert await left_on(house, gift_id) == 250


@pytest.mark.parametrize(
    ("token", "status", "word"),
    [("tok_createDispute", "PARTLY_FAILED", "FAILED"), ("tok_pendingRefund", "PENDING", "")],
)
async def test_a_whole_whose_parts_fare_differently_says_so(house: House, token: str, status: str, word: str) -> None:
    _, code = await card_with(house, 1000)
    order_id = await house.order_of(SHIRT)
    await house.do(PayOrder(order_id=order_id, tenders=gift_and_card(code, 1000, token, 4000)))
    made = (await house.do(CreateRefund(target=of(order_id, 4250))))["refund"]
    assert (made["status"], [part["status"] for part in made["parts"]]) == (status, [word or "PENDING", "SUCCEEDED"])
    to_the_card = f"40.00 USD to visa {made['summary'].split('visa ')[1][:4]}{' ' if word else ''}{word}"
    to_the_gift_card = f"2.50 USD to gift_card {code[-4:]} SUCCEEDED"
    assert made["summary"] == f"{status} refund of 42.50 USD: {to_the_card} + {to_the_gift_card}."


# ── to an account ──


async def test_a_refund_goes_to_store_credit_that_is_opened_for_it(house: House) -> None:
    order_id = await house.paid_order(SHIRT, customer_id=await ann(house))
    quote = (await house.ask(QuoteRefund(target=of(order_id, 1500), refund_to="store_credit")))["quote"]
    assert quote["summary"] == "Would refund 15.00 USD to store_credit."
    assert "accountId" not in quote
    dry = await house.do(CreateRefund(target=of(order_id, 1500), refund_to="store_credit"), dry_run=True)
    assert [(move["kind"], move["amountMoney"]["amount"]) for move in dry["wouldTransfer"]] == [("refund", 1500)]
    answer = await house.do(CreateRefund(target=of(order_id, 1500), refund_to="store_credit"))
    account_id = answer["refund"]["accountId"]
    assert answer["refund"]["summary"] == f"SUCCEEDED refund of 15.00 USD to {account_id}."
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 5000, 1500, 0, 3500)
    assert await ledger(house, account_id) == [("refunded", 1500, 1500)]
    assert (await house.balance(order_id)).refunded == 0
    assert facts_of(house, order_id)[-1][1]["accountId"] == account_id
    quote = (await house.ask(QuoteRefund(target=of(order_id), refund_to="store_credit")))["quote"]
    assert (quote["accountId"], quote["amountMoney"]["amount"]) == (account_id, 3500)
    rest = await house.do(CreateRefund(target=of(order_id), refund_to=account_id))
    assert amounts(rest["order"]) == ("REFUNDED", 5000, 5000, 0, 0)
    assert await left_on(house, account_id) == 5000


async def test_a_refund_goes_to_a_gift_card_by_its_code_which_is_kept_nowhere(house: House) -> None:
    gift_id, code = await card_with(house, 100)
    order_id = await house.paid_order(SHIRT)
    answer = await house.do(CreateRefund(target=of(order_id, 1500), refund_to=code), "refund")
    assert (answer["refund"]["accountId"], await left_on(house, gift_id)) == (gift_id, 1600)
    assert not any(code in row for row in house.contents())
    again = await house.do(CreateRefund(target=of(order_id, 1500), refund_to=code), "refund")
    assert (again["replayed"], await left_on(house, gift_id)) == (True, 1600)
    refused = await house.refused(CreateRefund(target=of(order_id, 1500)), "idempotency_key_reused", "refund")
    assert refused.details["first"]["fields"]["refundTo"] == "(not shown)"


async def test_one_of_several_payments_gives_its_money_to_a_gift_card(house: House) -> None:
    order_id, _, visa, gift_id = await split(house)
    answer = await house.do(CreateRefund(target=of(order_id, payment_id=visa), refund_to=gift_id))
    assert answer["refund"]["paymentIntentId"] == visa
    assert await left_on(house, gift_id) == 4000
    assert amounts(answer["order"])[-1] == 1000


async def test_a_payment_or_what_paid_may_be_named(house: House) -> None:
    order_id, gift, visa, gift_id = await split(house)
    first = await house.do(CreateRefund(target=of(order_id, 300), refund_to=gift))
    assert (first["refund"]["paymentIntentId"], await left_on(house, gift_id)) == (gift, 300)
    second = await house.do(CreateRefund(target=of(order_id, 400), refund_to="tok_visa"))
    assert second["refund"]["paymentIntentId"] == visa
    third = await house.do(CreateRefund(target=of(order_id, 500, payment_id=visa), refund_to=visa))
    assert third["refund"]["paymentIntentId"] == visa
    assert (await house.balance(order_id)).refunded == 900


@pytest.mark.parametrize(
    ("refund_to", "code"),
    [
        ("tok_amex", "tender_never_paid"),
        ("store_credit", "customer_needed"),
        ("gift_01ARZ3NDEKTSV4RRFFQ69G5FAV", "not_found"),
        ("pi_01ARZ3NDEKTSV4RRFFQ69G5FAV", "not_found"),
    ],
)
async def test_money_goes_nowhere_else(house: House, refund_to: str, code: ErrorCode) -> None:
    order_id = await house.paid_order(SHIRT)
    refused = await house.refused(CreateRefund(target=of(order_id), refund_to=refund_to), code)
    with pytest.raises(Refused) as quoted:
        await house.ask(QuoteRefund(target=of(order_id), refund_to=refund_to))
    assert (quoted.value.code, quoted.value.message) == (refused.code, refused.message)


async def test_a_payment_that_is_named_twice_must_be_the_same(house: House) -> None:
    order_id, gift, visa, _ = await split(house)
    for other in (gift, "tok_amex"):
        refused = await house.refused(
            CreateRefund(target=of(order_id, payment_id=visa), refund_to=other), "invalid_argument"
        )
        assert refused.param == "refundTo"
        assert refused.message == f"Money of {visa} goes back to what paid it, and refundTo names something else."


async def test_a_gift_card_that_is_switched_off_or_in_another_currency_gets_nothing(house: House) -> None:
    order_id = await house.paid_order(SHIRT)
    off, _ = await card_with(house, 100)
    await house.do(AdjustGiftCard(account=off, active=False))
    issued = await house.do(IssueGiftCard(money=Amount(amount=100, currency="EUR")))
    cases: tuple[tuple[str, ErrorCode], ...] = ((off, "credit_inactive"), (issued["code"], "currency_mismatch"))
    for card, code in cases:
        refused = await house.refused(CreateRefund(target=of(order_id), refund_to=card), code)
        assert refused.param == "refundTo"


async def test_a_gift_card_gets_what_is_left_and_never_more(house: House) -> None:
    order_id, *_, gift_id = await split(house)
    refused = await house.refused(CreateRefund(target=of(order_id, 5001), refund_to=gift_id), "amount_too_high")
    assert refused.details["maxMoney"]["amount"] == 5000
    await house.do(CreateRefund(target=of(order_id, 5000), refund_to=gift_id))
    assert await left_on(house, gift_id) == 5000
    await house.refused(CreateRefund(target=of(order_id, 1), refund_to=gift_id), "nothing_to_refund")
