"""Answers that are overtaken: the processor's notice is heard while its first answer is still on its way."""

from datetime import timedelta
from typing import Any

from flint_domain.commands.payments import PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.inputs import Amount
from flint_domain.order.payments.model import Outcome, Transfer, TransferKind
from flint_server.processors.simulated.processor import SimulatedProcessor
from tests.journeys.house import House, amounts


class Overtaken:
    """The simulated processor, whose answers to one kind of transfer arrive after all of its notices."""

    def __init__(self, inner: SimulatedProcessor, house: House, kind: TransferKind) -> None:
        self._inner = inner
        self._house = house
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def perform(self, transfer: Transfer) -> Outcome:
        outcome = await self._inner.perform(transfer)
        if transfer.kind is self._kind:
            self._house.clock.passes(timedelta(seconds=5))
            await self._house.flint.hear()
        return outcome


def overtaken(house: House, kind: TransferKind) -> Any:
    return house.flint_for(house.flint.merchant_id, processor=Overtaken(house.simulator, house, kind))  # type: ignore[arg-type]


async def test_a_success_that_arrives_after_the_failure_does_not_bring_the_refund_back(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_refundFail")
    flint = overtaken(shop, TransferKind.REFUND)
    made = await flint.execute(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert made["refund"]["status"] == "FAILED"
    assert amounts(made["order"]) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.balance(order_id)).refunded == 0


async def test_pending_that_arrives_after_the_success_does_not_open_the_payment_again(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.fault("pending")
    paid = await overtaken(shop, TransferKind.CHARGE).execute(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert amounts(paid["order"]) == ("PAID", 13824, 0, 0, 13824)
    assert (await shop.trail(order_id)).count("PAYMENT_CAPTURED") == 1


async def test_a_called_off_step_whose_notice_comes_first_charges_no_other_card(shop: House) -> None:
    order_id = await shop.order_of()
    sources = ("tok_threeDSecure2Required", "tok_visa")
    answer = await shop.do(PayOrder(order_id=order_id, sources=sources))
    void = VoidPayment(payment_id=answer["payments"][0]["paymentIntentId"])
    voided = await overtaken(shop, TransferKind.VOID).execute(void)
    assert [payment["status"] for payment in voided["payments"]] == ["VOIDED"]
    assert amounts(await shop.read(order_id)) == ("OPEN", 0, 0, 13824, 0)
    assert (await shop.balance(order_id)).charged == 0


async def test_tenders_are_given_back_once_the_overtaken_void_of_one_is_answered(shop: House) -> None:
    """The notice that a tender was called off comes first; until the void itself is answered nothing else begins."""
    order_id = await shop.order_of()
    tenders = (
        TenderInput(source="tok_visa", money=Amount(amount=10_000)),
        TenderInput(source="tok_threeDSecure2Required", money=Amount(amount=3_824)),
    )
    answer = await shop.do(PayOrder(order_id=order_id, tenders=tenders))
    await shop.fault("answer_lost", transfer_kind=TransferKind.VOID)
    await shop.do(VoidPayment(payment_id=answer["payments"][1]["paymentIntentId"]))
    await shop.flint.hear()
    assert await shop.actions(order_id) == {"update", "void"}
    await shop.refused(PayOrder(order_id=order_id, sources=("tok_visa",)), "payment_in_progress")
    await shop.recover()
    after = await shop.read(order_id)
    assert [payment["status"] for payment in after["payments"]] == ["VOIDED", "VOIDED"]
    balance = await shop.balance(order_id)
    assert (balance.charged, balance.held) == (0, 0)
    assert amounts((await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",))))["order"])[0] == "PAID"


async def test_a_hold_that_was_given_back_before_the_others_answered_still_decides_its_group(shop: House) -> None:
    order_id = await shop.order_of()
    tenders = (
        TenderInput(source="tok_threeDSecure2Required", money=Amount(amount=5000)),
        TenderInput(source="tok_visa", money=Amount(amount=8824)),
    )
    answer = await shop.do(PayOrder(order_id=order_id, tenders=tenders))
    waiting = answer["payments"][0]["paymentIntentId"]
    await shop.fault("error_500", transfer_kind=TransferKind.VOID)
    await shop.do(VoidPayment(payment_id=waiting))
    await shop.simulator.complete(waiting)  # the buyer approves before anybody knows of the void
    await shop.flint.hear()
    await shop.flint.recover()
    order = await shop.read(order_id)
    assert [payment["status"] for payment in order["payments"]] == ["VOIDED", "VOIDED"]
    assert (await shop.balance(order_id)).held == 0


async def test_calling_a_buyer_step_off_closes_the_record_of_the_call_that_asked_for_it(shop: House) -> None:
    order_id = await shop.order_of()
    answer = await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)), "pay-once")
    await shop.do(VoidPayment(payment_id=answer["payments"][0]["paymentIntentId"]))
    record = await shop.sqlite.read(shop.flint.merchant_id, lambda tx: tx.idempotency_record("local", "pay-once"))
    assert record is not None
    assert record.answer is not None
    assert record.answer["answer"]["payments"][0]["status"] == "VOIDED"
