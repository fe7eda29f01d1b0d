"""keepMoney: a fee that is kept of what returned units give back, under a name, to the cent."""

from decimal import Decimal
from typing import Any

from flint_domain.commands.after_payment import ReturnItems
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.refunds import CreateRefund, QuoteRefund, RefundLine, RefundTarget
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineInput
from tests.journeys.credit import card_with, left_on
from tests.journeys.house import House, amounts, facts_of

MUGS = LineInput(name="Mug", quantity=Decimal(3), unit_price=Amount(amount=1000))
SHIRT = LineInput(name="Shirt", unit_price=Amount(amount=5000))
CUP = LineInput(name="Cup", unit_price=Amount(amount=700))
NAME = 'Restocking fee ("Ann")'


async def delivered(house: House, *lines: LineInput) -> tuple[str, list[str]]:
    order_id = await house.paid_order(*lines)
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    return order_id, [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]


def back(order_id: str, fee: int | None, *items: ReturnItem, **more: Any) -> ReturnItems:
    keep = None if fee is None else KeepMoney(name=NAME, money=Amount(amount=fee))
    return ReturnItems(order_id=order_id, request=ReturnRequest(items=items), keep=keep, **more)


def of(order_id: str, amount: int | None = None) -> RefundTarget:
    return RefundTarget(order_id=order_id, amount=None if amount is None else Amount(amount=amount))


async def test_a_fee_is_kept_of_what_goes_back_and_is_on_record(house: House) -> None:
    await house.use_eight_percent()
    order_id, [shirt] = await delivered(house, SHIRT)  # 54.00 with tax
    command = back(order_id, 540, ReturnItem(line_id=shirt))
    quoted = await house.do(command, dry_run=True)
    assert [move["amountMoney"]["amount"] for move in quoted["wouldTransfer"]] == [4860]
    answer = await house.do(command)
    for said in (quoted, answer):
        assert said["amendment"]["summary"] == "MADE return: 48.60 USD back, 5.40 USD kept back."
        assert said["return"]["keptMoney"] == {"amount": 540, "currency": "USD"}
        assert said["return"]["keptFor"] == NAME
    [refund] = answer["refunds"]
    assert (refund["amountMoney"]["amount"], refund["taxMoney"]["amount"]) == (4860, 360)
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 5400, 4860, 0, 540)
    order = await house.read(order_id)
    assert order["returns"][0]["keptMoney"]["amount"] == 540
    assert order["activities"][-1]["summary"] == "Items returned: 48.60 USD goes back, 5.40 USD is kept back."
    assert facts_of(house, order_id)[-1][1]["kept"] == {"amount": 540, "name": NAME}
    assert (await house.balance(order_id)).refunded == 4860


async def test_a_fee_is_spread_over_the_lines_that_come_back(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT)
    items = (ReturnItem(line_id=mugs), ReturnItem(line_id=shirt))
    answer = await house.do(back(order_id, 801, *items))
    [refund] = answer["refunds"]
    assert [(line["quantity"], line["amountMoney"]["amount"]) for line in refund["lines"]] == [(3, 2700), (1, 4499)]
    left = [line["refundableMoney"]["amount"] for line in answer["order"]["lineItems"]]
    assert left == [300, 501]


async def test_all_of_it_may_be_kept_and_the_units_are_back_all_the_same(house: House) -> None:
    order_id, [shirt] = await delivered(house, SHIRT)
    answer = await house.do(back(order_id, 5000, ReturnItem(line_id=shirt)))
    assert answer["amendment"]["summary"] == "MADE return: no difference, 50.00 USD kept back."
    assert "refunds" not in answer
    [line] = answer["order"]["lineItems"]
    assert (line["returnedQuantity"], line["refundedQuantity"], line["refundableMoney"]["amount"]) == (1, 1, 5000)
    assert amounts(answer["order"]) == ("PAID", 5000, 0, 0, 5000)
    again = await house.refused(
        CreateRefund(target=RefundTarget(order_id=order_id, lines=(RefundLine(line_id=shirt),))), "nothing_to_refund"
    )
    assert "cannot go back" in again.message


async def test_more_than_goes_back_cannot_be_kept(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT)
    [offer] = [o for o in (await house.read(order_id))["availableActions"] if o["action"] == "return"]
    needs = {need["name"]: need for need in offer["needs"]}
    most = {each["lineItemId"]: each["max"]["amount"] for each in needs["keepMoney"]["maxEach"]}
    assert (needs["keepMoney"]["optional"], most) == (True, {mugs: 3000, shirt: 5000})
    one = ReturnItem(line_id=mugs, quantity=Decimal(1))
    refused = await house.refused(back(order_id, 1001, one), "amount_too_high")
    assert (refused.message, refused.hint, refused.param) == (
        "10.01 USD is more than the 10.00 USD that these units give back.",
        "keep at most 10.00 USD",
        "keepMoney",
    )
    await house.do(back(order_id, 1000, one))


async def test_nothing_is_kept_where_nothing_goes_back(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT)
    swap = ReturnItem(line_id=shirt, replacement=CUP)
    refused = await house.refused(back(order_id, 1, swap), "invalid_argument")
    assert refused.message == "No money goes back for these units, so that none of it can be kept."
    assert "amend_order" in refused.hint
    three = RefundLine(line_id=mugs)
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, lines=(three,))))
    await house.refused(back(order_id, 1, ReturnItem(line_id=mugs)), "invalid_argument")
    [offer] = [o for o in (await house.read(order_id))["availableActions"] if o["action"] == "return"]
    needs = {need["name"]: need for need in offer["needs"]}
    assert [(each["lineItemId"], each["max"]["amount"]) for each in needs["keepMoney"]["maxEach"]] == [(shirt, 5000)]


async def test_a_fee_is_taken_into_account_when_some_is_exchanged_and_some_goes_back(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT)
    items = (
        ReturnItem(line_id=mugs, quantity=Decimal(1)),
        ReturnItem(line_id=shirt, replacement=LineInput(name="Shirt XL", unit_price=Amount(amount=5600))),
    )
    # 10.00 less 2.50 goes back for the mug, the shirt costs 6.00 more: 1.50 goes back.
    answer = await house.do(back(order_id, 250, *items))
    assert answer["amendment"]["summary"].startswith("MADE exchange: 1.50 USD back, 2.50 USD kept back")
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 8000, 150, 0, 7850)
    [first, *_] = answer["order"]["lineItems"]
    assert first["refundableMoney"]["amount"] == 2250
    await house.do(CreateRefund(target=of(order_id, 7850)))
    assert amounts(await house.read(order_id)) == ("REFUNDED", 8000, 8000, 0, 0)


async def test_a_fee_stays_when_the_rest_is_refunded_and_goes_back_when_it_is_named(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT)
    await house.do(back(order_id, 800, ReturnItem(line_id=shirt)))
    quote = (await house.ask(QuoteRefund(target=of(order_id))))["quote"]
    rest = await house.do(CreateRefund(target=of(order_id)))
    assert quote["amountMoney"] == rest["refund"]["amountMoney"] == {"amount": 3000, "currency": "USD"}
    assert [line["lineItemId"] for line in rest["refund"]["lines"]] == [mugs]
    assert rest["order"]["warnings"] == []
    assert amounts(rest["order"]) == ("PARTIALLY_REFUNDED", 8000, 7200, 0, 800)
    [offer] = [o for o in rest["order"]["availableActions"] if o["action"] == "refund"]
    amount = next(need for need in offer["needs"] if need["name"] == "amountMoney")
    assert (amount.get("optional"), amount["max"]["amount"]) == (None, 800)
    refused = await house.refused(CreateRefund(target=of(order_id)), "nothing_to_refund")
    assert (refused.message, refused.hint) == (
        "All that is left is 8.00 USD that was kept back when units were returned.",
        "nothing more is owed; only if what was kept is to go back after all, name it as amountMoney",
    )
    waived = await house.do(CreateRefund(target=of(order_id, 800)))
    assert waived["order"]["warnings"] == [
        "8.00 USD of it was kept back when units were returned (\"Restocking fee ('Ann')\")"
    ]
    assert amounts(waived["order"]) == ("REFUNDED", 8000, 8000, 0, 0)


async def test_a_goodwill_refund_takes_what_is_no_fee_first(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT)
    await house.do(back(order_id, 800, ReturnItem(line_id=shirt)))
    small = await house.do(CreateRefund(target=of(order_id, 100)))
    assert [line["lineItemId"] for line in small["refund"]["lines"]] == [mugs]
    assert small["order"]["warnings"] == []
    more = await house.do(CreateRefund(target=of(order_id, 3000)))
    assert [(line["lineItemId"], line["amountMoney"]["amount"]) for line in more["refund"]["lines"]] == [
        (mugs, 2900),
        (shirt, 100),
    ]
    assert more["order"]["warnings"][0].startswith("1.00 USD of it was kept back")


async def test_units_that_come_back_later_are_not_charged_the_fee_again(house: House) -> None:
    await house.use_eight_percent()
    order_id, [mugs] = await delivered(house, MUGS)  # 32.40, of which 2.40 tax
    one = ReturnItem(line_id=mugs, quantity=Decimal(1))
    gone = [
        (await house.do(back(order_id, fee, one), f"return {number}"))["amendment"]["differenceMoney"]["amount"]
        for number, fee in enumerate((300, None, 1))
    ]
    assert gone == [-780, -1080, -1079]
    assert amounts(await house.read(order_id)) == ("PARTIALLY_REFUNDED", 3240, 2939, 0, 301)
    last = (await house.do(CreateRefund(target=of(order_id, 301))))["refund"]
    taxes = [refund["taxMoney"]["amount"] for refund in (await house.read(order_id))["refunds"]]
    assert (last["amountMoney"]["amount"], sum(taxes)) == (301, 240)


async def test_a_fee_may_be_kept_of_credit_and_a_key_belongs_to_one_fee(house: House) -> None:
    gift_id, _ = await card_with(house, 100)
    order_id, [shirt] = await delivered(house, SHIRT)
    command = back(order_id, 800, ReturnItem(line_id=shirt), refund_to=gift_id)
    first = await house.do(command, "return")
    assert await left_on(house, gift_id) == 4300
    again = await house.do(command, "return")
    assert (again["replayed"], again["return"]) == (True, first["return"])
    other = back(order_id, 700, ReturnItem(line_id=shirt), refund_to=gift_id)
    await house.refused(other, "idempotency_key_reused", "return")


async def test_a_return_whose_refund_is_refused_keeps_nothing(house: House) -> None:
    order_id = await house.paid_order(SHIRT, token="tok_createDispute")
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    [line] = (await house.read(order_id))["lineItems"]
    answer = await house.do(back(order_id, 800, ReturnItem(line_id=line["lineItemId"])))
    assert answer["amendment"]["status"] == "DROPPED"
    assert "return" not in answer
    assert not (await house.read(order_id))["returns"]
