"""What a tax service is told of a sale: once, whatever is lost on the way, and in the end exactly what was kept."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from flint_domain.commands.after_payment import AmendOrder, ReturnItems
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.kernel.errors import Refused
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, ChargeInput, LineChange, LineInput, OrderUpdate
from flint_domain.unit_of_work.work import LEASE, load
from tests.journeys.house import PRO_PLAN, SUPPORT, amounts, total
from tests.journeys.tax_office import BERLIN, OAKLAND, PORTLAND, TaxedHouse

BOTH = (PRO_PLAN, SUPPORT)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[TaxedHouse]:
    house = TaxedHouse(tmp_path)
    await house.open()
    await house.offer_launch20()
    yield house
    await house.close()


async def sold(shop: TaxedHouse, *lines: LineInput, token: str = "tok_visa", **fields) -> str:
    """The id of a paid order to Oakland that was reported."""
    order_id = await shop.paid_order(*(lines or BOTH), token=token, **{"shipping_address": OAKLAND, **fields})
    await shop.reported()
    return order_id


def everything(order_id: str, amount: int | None = None, **what) -> RefundTarget:
    return RefundTarget(order_id=order_id, amount=None if amount is None else Amount(amount=amount), **what)


async def test_a_sale_is_told_when_it_is_paid_and_the_buyer_does_not_wait_for_it(shop: TaxedHouse) -> None:
    shop.office.lose_answers = True  # whoever asked the office now would get no answer
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    await shop.reported()
    assert shop.office.sales == {}
    paid = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)), "k-1")
    assert amounts(paid["order"]) == ("PAID", 14112, 0, 0, 14112)
    assert shop.office.sales == {}
    shop.office.lose_answers = False
    await shop.recover()
    assert shop.office.filed(order_id) == (12800, 1312)
    assert (await shop.trail(order_id))[-1] == "TAX_REPORTED"
    assert (await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)), "k-1"))["replayed"] is True


async def test_an_answer_that_was_lost_files_nothing_twice(shop: TaxedHouse) -> None:
    shop.office.lose_answers = True
    order_id = await shop.paid_order(*BOTH, shipping_address=OAKLAND)
    await shop.reported()
    shop.office.lose_answers = False
    await shop.reported()
    assert (len(shop.office.heard), shop.office.filed(order_id)) == (1, (12800, 1312))
    await shop.do(CreateRefund(target=everything(order_id)))
    shop.office.lose_answers = True
    await shop.reported()
    shop.office.lose_answers = False
    await shop.reported()
    assert (len(shop.office.heard), shop.office.filed(order_id)) == (2, (0, 0))


async def test_a_report_is_asked_for_however_late(shop: TaxedHouse) -> None:
    """A payment would only be looked up after a day; the office takes each report once, so it may be told again."""
    shop.office.lose_answers = True
    order_id = await shop.paid_order(*BOTH, shipping_address=OAKLAND)
    await shop.recover()
    shop.clock.passes(timedelta(days=3))
    await shop.recover()
    assert (await shop.read(order_id))["needsAttention"] is True
    shop.office.lose_answers = False
    await shop.reported()
    order = await shop.read(order_id)
    assert (order.get("needsAttention"), order["warnings"], len(shop.office.heard)) == (None, [], 1)


async def test_what_was_written_down_before_a_crash_is_told_after_it(shop: TaxedHouse) -> None:
    order_id = await shop.paid_order(*BOTH, shipping_address=OAKLAND)
    await shop.reopen()
    await shop.reported()
    assert shop.office.filed(order_id) == (12800, 1312)
    await shop.do(CreateRefund(target=everything(order_id, 5000)))
    await shop.reopen()
    await shop.reported()
    kept = amounts(await shop.read(order_id))[4]
    assert (sum(shop.office.filed(order_id)), kept) == (9112, 9112)


async def test_an_order_that_is_not_paid_or_has_no_address_is_not_told(shop: TaxedHouse) -> None:
    await shop.order_of(*BOTH, shipping_address=OAKLAND)
    await shop.paid_order(*BOTH)
    canceled = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    await shop.do(CancelOrder(order_id=canceled))
    await shop.reported()
    assert shop.office.heard == {}


async def test_a_line_that_goes_back_takes_its_own_tax_back(shop: TaxedHouse) -> None:
    order_id = await sold(shop)
    support = (await shop.read(order_id))["lineItems"][1]["lineItemId"]
    await shop.do(CreateRefund(target=everything(order_id, lines=(RefundLine(line_id=support),))))
    await shop.reported()
    assert shop.office.filed(order_id) == (9900, 1015)


async def test_amounts_in_pieces_end_with_nothing_on_file(shop: TaxedHouse) -> None:
    charges = (ChargeInput(name="Shipping", money=Amount(amount=1000), taxable=True),)
    order_id = await sold(shop, charges=charges, tip=Amount(amount=700))
    for amount in (333, 4001, 5, None):
        await shop.do(CreateRefund(target=everything(order_id, amount)))
        await shop.reported()
        kept = int(amounts(await shop.read(order_id))[4])
        tip_left = kept - sum(shop.office.filed(order_id))
        assert 0 <= tip_left <= 700
    assert shop.office.filed(order_id) == (0, 0)


async def test_a_sale_that_holds_its_tax_goes_back_with_it(shop: TaxedHouse) -> None:
    order_id = await sold(shop, shipping_address=BERLIN)
    assert shop.office.filed(order_id) == (10756, 2044)
    support = (await shop.read(order_id))["lineItems"][1]["lineItemId"]
    await shop.do(CreateRefund(target=everything(order_id, lines=(RefundLine(line_id=support),))))
    await shop.reported()
    assert shop.office.filed(order_id) == (8319, 1581)


async def test_a_canceled_sale_is_taken_back_whole(shop: TaxedHouse) -> None:
    order_id = await sold(shop)
    await shop.do(CancelOrder(order_id=order_id))
    await shop.reported()
    assert (len(shop.office.heard), shop.office.filed(order_id)) == (2, (0, 0))


async def test_a_sale_that_is_canceled_before_it_was_told_is_told_and_taken_back(shop: TaxedHouse) -> None:
    order_id = await shop.paid_order(*BOTH, shipping_address=OAKLAND)
    await shop.do(CancelOrder(order_id=order_id))
    await shop.reported()
    assert (len(shop.office.heard), shop.office.filed(order_id)) == (2, (0, 0))


async def test_a_refund_that_is_still_on_its_way_is_told_when_it_has_arrived(shop: TaxedHouse) -> None:
    order_id = await sold(shop, token="tok_pendingRefund")
    await shop.do(CreateRefund(target=everything(order_id)))
    await shop.flint.recover()  # at once: a recovery that comes later finds that it has arrived, and tells that, too
    assert shop.office.filed(order_id) == (12800, 1312)
    await shop.later()
    await shop.reported()
    assert shop.office.filed(order_id) == (0, 0)


async def test_a_refund_that_fails_after_it_was_told_leaves_the_sale_on_file(shop: TaxedHouse) -> None:
    order_id = await sold(shop, token="tok_refundFail")
    support = (await shop.read(order_id))["lineItems"][1]["lineItemId"]
    await shop.do(CreateRefund(target=everything(order_id, lines=(RefundLine(line_id=support),))))
    await shop.recover()
    assert shop.office.filed(order_id) == (9900, 1015)
    await shop.later()
    await shop.reported()
    assert amounts(await shop.read(order_id)) == ("PAID", 14112, 0, 0, 14112)
    assert shop.office.filed(order_id) == (12800, 1312)


async def test_an_amended_sale_is_withdrawn_and_told_anew(shop: TaxedHouse) -> None:
    order_id = await sold(shop)
    lines = (await shop.read(order_id))["lineItems"]
    half = everything(order_id, lines=(RefundLine(line_id=lines[1]["lineItemId"]),))
    await shop.do(CreateRefund(target=half))
    await shop.reported()
    dearer = OrderUpdate(change=(LineChange(line_id=lines[0]["lineItemId"], unit_price=Amount(amount=20000)),))
    asked = len(shop.office.asked)
    shown = await shop.do(AmendOrder(order_id=order_id, update=dearer, source="tok_visa"), dry_run=True)
    # 200.00 instead of 99.00: 14.50 + 6.00 of tax instead of 10.15.
    assert shown["wouldTransfer"][0]["amountMoney"]["amount"] == 22050 - 10915
    await shop.do(AmendOrder(order_id=order_id, update=dearer, source="tok_visa"))
    assert len(shop.office.asked) == asked + 2
    await shop.reported()
    order = await shop.read(order_id)
    assert (total(order), amounts(order)[4]) == (22050 + 3197, 22050)
    assert shop.office.filed(order_id) == (20000, 2050)


async def test_an_amended_address_changes_the_tax_and_gives_the_difference_back(shop: TaxedHouse) -> None:
    order_id = await sold(shop)
    await shop.do(AmendOrder(order_id=order_id, update=OrderUpdate(shipping_address=PORTLAND)))
    await shop.reported()
    assert amounts(await shop.read(order_id))[1:] == (14112, 1312, 0, 12800)
    assert shop.office.filed(order_id) == (12800, 0)


async def test_an_amendment_whose_money_is_refused_leaves_the_sale_alone(shop: TaxedHouse) -> None:
    order_id = await sold(shop)
    line = (await shop.read(order_id))["lineItems"][0]["lineItemId"]
    dearer = OrderUpdate(change=(LineChange(line_id=line, unit_price=Amount(amount=20000)),))
    await shop.do(AmendOrder(order_id=order_id, update=dearer, source="tok_chargeDeclined"))
    await shop.reported()
    assert total(await shop.read(order_id)) == 14112
    assert (len(shop.office.heard), shop.office.filed(order_id)) == (1, (12800, 1312))


async def test_an_exchange_is_on_file_as_what_the_buyer_has_in_the_end(shop: TaxedHouse) -> None:
    order_id = await sold(shop)
    plan, support = (line["lineItemId"] for line in (await shop.read(order_id))["lineItems"])
    await shop.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    dearer = LineInput(name="Premium Support", unit_price=Amount(amount=4000))
    request = ReturnRequest(items=(ReturnItem(line_id=plan), ReturnItem(line_id=support, replacement=dearer)))
    await shop.do(ReturnItems(order_id=order_id, request=request))
    await shop.reported()
    # 109.15 came back and 31.97 did not have to be paid again; 40.00 with 2.90 and 1.20 of tax was kept.
    assert amounts(await shop.read(order_id))[4] == 4410
    assert shop.office.filed(order_id) == (4000, 410)


async def test_a_refused_report_fails_nothing_and_calls_a_person(shop: TaxedHouse) -> None:
    shop.office.refuse = True
    order_id = await sold(shop)
    order = await shop.read(order_id)
    assert (amounts(order)[:2], order["needsAttention"]) == (("PAID", 14112), True)
    assert order["warnings"] == [
        "test office refused the report of this sale (the office says no): a person has to file it there"
    ]
    await shop.do(CreateRefund(target=everything(order_id)))
    shop.office.refuse = False
    await shop.reported()
    assert shop.office.heard == {}
    assert (await shop.trail(order_id)).count("TAX_REPORT_REFUSED") == 1


async def test_a_reversal_that_is_refused_calls_a_person_and_the_next_one_goes_on(shop: TaxedHouse) -> None:
    order_id = await sold(shop)
    shop.office.refuse = True
    await shop.do(CreateRefund(target=everything(order_id, 1000)))
    await shop.reported()
    shop.office.refuse = False
    await shop.do(CreateRefund(target=everything(order_id, 2000)))
    await shop.reported()
    order = await shop.read(order_id)
    assert order["needsAttention"] is True
    assert order["warnings"] == [
        "test office did not take back 0.93 USD of tax (the office says no): a person has to do it there"
    ]
    assert sum(shop.office.filed(order_id)) == 14112 - 2000


async def test_tax_that_had_to_be_worked_out_again_is_said_to_differ(shop: TaxedHouse) -> None:
    shop.office.forgets = 1400
    order = await shop.read(await sold(shop))
    assert order["warnings"] == [
        "test office has 14.00 USD of tax on file for this sale, and the buyer was charged 13.12 USD"
    ]
    assert order["needsAttention"] is True


async def test_reports_are_no_payments_and_belong_to_no_processor(shop: TaxedHouse) -> None:
    order_id = await sold(shop)
    assert (await shop.balance(order_id)).charged == 14112
    assert len((await shop.read(order_id))["paymentIntentIds"]) == 1
    assert await shop.sqlite.processor_of_newest_transfer() == "simulated"


async def test_a_server_without_the_service_tells_nothing_and_loses_nothing(shop: TaxedHouse) -> None:
    order_id = await shop.paid_order(*BOTH, shipping_address=OAKLAND)
    shop.clock.passes(LEASE)
    await shop.without_office().recover()
    assert shop.office.heard == {}
    await shop.reported()
    assert shop.office.filed(order_id) == (12800, 1312)


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_happens_the_office_has_what_the_buyer_has_paid_in_the_end(shop: TaxedHouse, seed: int) -> None:
    chance = Random(seed)
    order_id = await shop.paid_order(*BOTH, token="tok_refundFail", shipping_address=OAKLAND)
    for step in range(8):
        kept = int(amounts(await shop.read(order_id))[4])
        line = chance.choice((await shop.read(order_id))["lineItems"])["lineItemId"]
        price = LineChange(line_id=line, unit_price=Amount(amount=chance.randint(1000, 20000)))
        command = chance.choice(
            [
                CreateRefund(target=everything(order_id, chance.randint(1, max(1, kept)))),
                CreateRefund(target=everything(order_id, lines=(RefundLine(line_id=line),))),
                AmendOrder(order_id=order_id, update=OrderUpdate(change=(price,)), source="tok_visa"),
                AmendOrder(
                    order_id=order_id,
                    update=OrderUpdate(shipping_address=chance.choice([OAKLAND, PORTLAND])),
                    source="tok_visa",
                ),
            ]
        )
        shop.office.lose_answers = chance.random() < 0.3
        with suppress(Refused):
            await shop.do(command, f"key-{step}")
        await chance.choice([shop.recover, shop.later, shop.reported])()
    shop.office.lose_answers = False
    await shop.later()
    await shop.reported(40)
    found = await shop.sqlite.read(shop.flint.merchant_id, lambda tx: load(tx, order_id))
    # A difference whose refund failed is still to go back: it is no sale. What was waived is one.
    money = found.money
    assert sum(shop.office.filed(order_id)) == money.refundable - money.overpaid + found.order.waived
