"""What the Stripe processor does beyond the contract, at the third-party server."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from flint_domain.engine.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.order.payments.model import Outcome, Tender, TransferState
from flint_server.processors.stripe.lookup import SEARCHABLE_AFTER
from flint_server.processors.stripe.processor import StripeProcessor, StripeUnreadable
from tests.contracts.processor_contract import AUTHORIZE, CAPTURE, REFUND, VOID
from tests.contracts.stripe_bench import StripeBench

pytestmark = pytest.mark.anyio

DAY_AND_MORE = KEY_FORGOTTEN_AFTER + timedelta(seconds=1)


def payment_at(bench: StripeBench, reference: str | None) -> dict[str, Any]:
    assert reference is not None
    return bench.own.v1.payment_intents.retrieve(reference, {"expand": ["payment_method"]}).to_dict()


def all_payments(bench: StripeBench) -> list[dict[str, Any]]:
    return [payment.to_dict() for payment in bench.own.v1.payment_intents.list({"limit": 100}).data]


def later(bench: StripeBench, span: timedelta) -> None:
    bench.clock.set(bench.clock.now() + span)


def methods(bench: StripeBench) -> list[str]:
    return [method for method, _, _, _ in bench.wire.sent]


@pytest.mark.promise("P9")
async def test_every_object_says_what_it_is_for(stripe_bench: StripeBench):
    charge = replace(stripe_bench.transfers.charge(1000), buyer_email="sam@example.com")
    paid = await stripe_bench.processor.perform(charge)
    refund = replace(stripe_bench.transfers.about(charge, paid, REFUND, 400), reason="duplicate")
    refunded = await stripe_bench.processor.perform(refund)
    ids = {"merchant_id": "mer_1", "order_id": "ord_1", "payment_id": charge.payment_id, "attempt": "1"}
    payment = payment_at(stripe_bench, paid.reference)
    assert payment["metadata"] == {**ids, "transfer_id": charge.transfer_id}
    assert payment["payment_method"]["metadata"] == payment["metadata"]
    assert payment["receipt_email"] == "sam@example.com"
    made = stripe_bench.own.v1.refunds.retrieve(refunded.reference or "").to_dict()
    assert made["metadata"] == {**ids, "transfer_id": refund.transfer_id, "refund_id": refund.refund_id}
    assert (made["reason"], made["amount"]) == ("duplicate", 400)


async def test_a_capture_leaves_its_own_mark_on_the_payment(stripe_bench: StripeBench):
    charge = stripe_bench.transfers.charge(1000, kind=AUTHORIZE)
    held = await stripe_bench.processor.perform(charge)
    capture = stripe_bench.transfers.about(charge, held, CAPTURE, 700)
    assert (await stripe_bench.processor.find(capture)).state is TransferState.UNKNOWN
    await stripe_bench.processor.perform(capture)
    metadata = payment_at(stripe_bench, held.reference)["metadata"]
    assert metadata["transfer_id"] == charge.transfer_id
    assert metadata["capture_transfer_id"] == capture.transfer_id
    assert (await stripe_bench.processor.find(capture)).state is TransferState.SUCCEEDED
    other = stripe_bench.transfers.about(charge, held, CAPTURE, 700)
    assert (await stripe_bench.processor.find(other)).state is TransferState.DECLINED


async def test_a_payment_method_that_exists_already_is_charged_as_it_is(stripe_bench: StripeBench):
    method = stripe_bench.own.v1.payment_methods.create({"type": "card", "card": {"token": "tok_mastercard"}})
    paid = await stripe_bench.processor.perform(stripe_bench.transfers.charge(1000, method.id))
    assert (paid.state, paid.tender) == (TransferState.SUCCEEDED, Tender(type="card", brand="mastercard", last4="4444"))
    assert methods(stripe_bench) == ["POST"]


@pytest.mark.parametrize(
    ("token", "state"),
    [("tok_visa", TransferState.SUCCEEDED), ("tok_threeDSecureRequired", TransferState.DECLINED)],
)
async def test_a_saved_card_is_charged_without_its_owner_unless_the_bank_wants_them(
    stripe_bench: StripeBench, token: str, state: TransferState
):
    customer = stripe_bench.own.v1.customers.create({"name": "Sam"})
    method = stripe_bench.own.v1.payment_methods.create({"type": "card", "card": {"token": token}})
    stripe_bench.own.v1.payment_methods.attach(method.id, {"customer": customer.id})
    saved = stripe_bench.transfers.charge(1000, method.id)
    charged = await stripe_bench.processor.perform(replace(saved, customer_reference=customer.id, off_session=True))
    assert charged.state is state
    if state is TransferState.DECLINED:
        assert charged.decline is not None
        assert charged.decline.code == "authentication_required"
    assert payment_at(stripe_bench, charged.reference)["customer"] == customer.id


async def test_a_charge_that_needs_the_buyer_is_called_off_where_no_buyer_can_be_sent_anywhere(
    stripe_bench: StripeBench,
):
    charge = stripe_bench.transfers.charge(1000, "tok_threeDSecure2Required")
    refused = await stripe_bench.processor.perform(charge)
    assert refused.state is TransferState.DECLINED
    assert refused.decline is not None
    assert refused.decline.code == "authentication_required"
    assert "return URL" in refused.decline.message
    assert payment_at(stripe_bench, refused.reference)["status"] == "canceled"
    assert await stripe_bench.processor.perform(charge) == refused
    assert await stripe_bench.processor.find(replace(charge, reference=refused.reference)) == refused
    assert await stripe_bench.money() == (0, 0, 0)


async def test_disputes_are_read_with_their_deadline(stripe_bench: StripeBench):
    charge = stripe_bench.transfers.charge(1000, "tok_createDispute")
    paid = await stripe_bench.processor.perform(charge)
    assert paid.reference is not None
    (dispute,) = await stripe_bench.stripe.disputes(paid.reference)
    assert (dispute.payment_reference, dispute.amount, dispute.currency) == (paid.reference, 1000, "USD")
    assert (dispute.reason, dispute.status, dispute.refundable) == ("fraudulent", "needs_response", False)
    assert dispute.evidence_due_by is not None
    assert dispute.evidence_due_by > dispute.created_at
    refused = await stripe_bench.processor.perform(stripe_bench.transfers.about(charge, paid, REFUND, 1000))
    assert refused.decline is not None
    assert refused.decline.code == "charge_disputed"


async def test_a_payment_without_disputes_has_none_and_an_unknown_one_is_unreadable(stripe_bench: StripeBench):
    paid = await stripe_bench.processor.perform(stripe_bench.transfers.charge(1000))
    assert await stripe_bench.stripe.disputes(paid.reference or "") == []
    with pytest.raises(StripeUnreadable, match="No such payment exists"):
        await stripe_bench.stripe.disputes("pi_that_never_was")


@pytest.mark.parametrize(
    ("currency", "amount", "at_stripe"),
    [("JPY", 500, 500), ("KWD", 5120, 5120), ("ISK", 500, 50000), ("MGA", 50000, 500), ("EUR", 500, 500)],
)
async def test_amounts_are_sent_as_stripe_counts_them(
    stripe_bench: StripeBench, currency: str, amount: int, at_stripe: int
):
    charge = replace(stripe_bench.transfers.charge(amount), currency=currency)
    paid = await stripe_bench.processor.perform(charge)
    payment = payment_at(stripe_bench, paid.reference)
    assert (payment["currency"], payment["amount_received"]) == (currency.lower(), at_stripe)
    assert await stripe_bench.processor.find(charge) == paid


# ── the same again, and finding ──────────────────────────────────────────────────────────────────────────────────────


async def test_another_body_for_the_same_transfer_finds_what_the_first_one_charged(stripe_bench: StripeBench):
    """As when the return URL is changed between a crash and the recovery: Stripe says idempotency_error."""
    charge = stripe_bench.transfers.charge(1000)
    paid = await stripe_bench.processor.perform(charge)
    again = await stripe_bench.processor.perform(replace(charge, buyer_email="sam@example.com"))
    assert again == paid
    assert len(all_payments(stripe_bench)) == 1


async def test_a_forgotten_key_is_not_used_again(stripe_bench: StripeBench):
    charge = stripe_bench.transfers.charge(1000, kind=AUTHORIZE)
    held = await stripe_bench.processor.perform(charge)
    capture = stripe_bench.transfers.about(charge, held, CAPTURE, 1000)
    captured = await stripe_bench.processor.perform(capture)
    refund = stripe_bench.transfers.about(charge, held, REFUND, 400)
    refunded = await stripe_bench.processor.perform(refund)
    never_asked = [
        stripe_bench.transfers.charge(1000),
        stripe_bench.transfers.about(charge, held, REFUND, 400),
    ]
    stripe_bench.wire.sent.clear()
    later(stripe_bench, DAY_AND_MORE)
    assert await stripe_bench.processor.perform(charge) == held
    assert await stripe_bench.processor.perform(capture) == captured
    assert await stripe_bench.processor.perform(refund) == refunded
    for transfer in never_asked:
        assert (await stripe_bench.processor.perform(transfer)).state is TransferState.UNKNOWN
    assert set(methods(stripe_bench)) == {"GET"}
    assert await stripe_bench.money() == (1000, 400, 0)


async def test_a_declined_charge_and_a_void_are_found_as_such(stripe_bench: StripeBench):
    declined = stripe_bench.transfers.charge(1000, "tok_visa_chargeDeclinedLostCard")
    refused = await stripe_bench.processor.perform(declined)
    charge = stripe_bench.transfers.charge(1000, kind=AUTHORIZE)
    held = await stripe_bench.processor.perform(charge)
    void = stripe_bench.transfers.about(charge, held, VOID, 1000)
    assert (await stripe_bench.processor.find(void)).state is TransferState.UNKNOWN
    voided = await stripe_bench.processor.perform(void)
    later(stripe_bench, SEARCHABLE_AFTER)
    assert await stripe_bench.processor.find(declined) == refused
    assert await stripe_bench.processor.find(void) == voided
    gone = await stripe_bench.processor.find(charge)
    assert gone.decline is not None
    assert gone.decline.code == "canceled"


async def test_a_payment_is_found_behind_many_others(stripe_bench: StripeBench):
    first = stripe_bench.transfers.charge(1000)
    paid = await stripe_bench.processor.perform(first)
    method = stripe_bench.own.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    for _ in range(100):
        stripe_bench.own.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method": method.id})
    stripe_bench.wire.sent.clear()
    assert await stripe_bench.processor.find(first) == paid
    assert ["starting_after" in url for _, url, _, _ in stripe_bench.wire.sent] == [False, True]


async def test_a_reference_of_another_account_is_unknown_and_not_a_decline(stripe_bench: StripeBench):
    charge = replace(stripe_bench.transfers.charge(1000), reference="pi_of_somebody_else")
    assert (await stripe_bench.processor.find(charge)) == Outcome(state=TransferState.UNKNOWN)


async def test_the_key_goes_to_stripe_in_its_header_and_nowhere_else(stripe_bench: StripeBench):
    await stripe_bench.processor.perform(stripe_bench.transfers.charge(1000))
    assert isinstance(stripe_bench.processor, StripeProcessor)
    for _, url, headers, body in stripe_bench.wire.sent:
        assert headers.pop("Authorization") == "Bearer sk_test_flint"
        assert "sk_test_flint" not in json.dumps([url, headers, body])
