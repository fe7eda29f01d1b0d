"""What Stripe's answers about saving a method are taken for, and where they leave nothing certain."""

from datetime import timedelta
from typing import Any

import pytest
import stripe

from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.payments.model import Outcome, Tender, TransferState
from flint_server.clock import SteppingClock
from flint_server.processors.stripe.processor import StripeProcessor
from tests.contracts.processor_contract import NOW, Transfers, find, perform
from tests.contracts.stripe_canned import CARD, NOTHING_LISTED, Canned, CannedClient, error, setup

pytestmark = pytest.mark.anyio

UNKNOWN = TransferState.UNKNOWN
A_CUSTOMER: Canned = (200, {"id": "cus_canned", "object": "customer"})
SAVED = Outcome(state=TransferState.SUCCEEDED, reference="pm_canned")
WAITING = Outcome(state=TransferState.REQUIRES_ACTION, reference="seti_canned")


def processor_of(*answers: Canned) -> StripeProcessor:
    return StripeProcessor("sk_test_1", clock=SteppingClock(NOW), http_client=CannedClient(*answers))


def attach() -> Attach:
    return Transfers().attach("pm_1", customer_reference="cus_canned")


def detach(of: Outcome) -> Detach:
    return Transfers().detach(attach(), of)


async def performed(errand: Attach | Detach, *answers: Canned) -> Outcome:
    return await perform(processor_of(*answers), errand)


def card_error(**fields: Any) -> dict[str, Any]:
    return {"type": "card_error", "code": "card_declined", "payment_method": CARD, **fields}


@pytest.mark.parametrize(
    ("status", "fields", "state"),
    [
        ("succeeded", {}, TransferState.SUCCEEDED),
        ("processing", {}, TransferState.PENDING),
        ("canceled", {}, TransferState.DECLINED),
        ("requires_payment_method", {"last_setup_error": card_error()}, TransferState.DECLINED),
        ("requires_payment_method", {}, UNKNOWN),
        ("requires_confirmation", {}, UNKNOWN),
        ("a status of tomorrow", {}, UNKNOWN),
    ],
)
async def test_a_setup_is_what_its_status_says(status: str, fields: dict[str, Any], state: TransferState):
    made = setup(status, **fields)
    assert (await performed(attach(), (200, made))).state is state
    listed = {"object": "list", "has_more": False, "url": "/v1/setup_intents"}
    mine = {**made, "metadata": {"transfer_id": attach().errand_id, "attempt": "1"}}
    found = await find(processor_of((200, {**listed, "data": [setup(id="seti_other"), mine]})), attach())
    assert found.state is state


async def test_a_saved_card_has_its_expiry_and_its_customer():
    method = {**CARD, "card": {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2031}, "customer": "cus_1"}
    saved = await performed(attach(), (200, setup(payment_method=method)))
    assert saved == Outcome(
        state=TransferState.SUCCEEDED,
        reference="pm_canned",
        tender=Tender(type="card", brand="visa", last4="4242", exp_month=8, exp_year=2031),
        customer_reference="cus_canned",
    )


async def test_a_card_that_the_bank_declines_at_its_setup_says_why():
    refused = error(402, "card_error", code="card_declined", decline_code="lost_card", setup_intent=setup("canceled"))
    outcome = await performed(attach(), refused)
    assert outcome.decline is not None
    assert (outcome.decline.decline_code, outcome.decline.final) == ("lost_card", True)
    failed = card_error(code="setup_intent_authentication_failure")
    outcome = await performed(attach(), (200, setup("requires_payment_method", last_setup_error=failed)))
    assert outcome.decline is not None
    assert "did not pass the authentication" in outcome.decline.message


@pytest.mark.parametrize("unsure", [error(500), error(429), stripe.APIConnectionError("gone")])
async def test_no_certain_answer_on_any_step_leaves_the_method_unknown(unsure: Canned):
    token = Transfers().attach("tok_visa")
    for answers in ((unsure,), ((200, CARD), unsure), ((200, CARD), A_CUSTOMER, unsure)):
        assert (await performed(token, *answers)).state is UNKNOWN
    assert (await performed(detach(SAVED), unsure)).state is UNKNOWN
    assert (await performed(detach(WAITING), unsure)).state is UNKNOWN
    assert (await find(processor_of(unsure), attach())).state is UNKNOWN


async def test_a_setup_that_could_not_be_called_off_is_what_it_became():
    overtaken = error(400, code="setup_intent_unexpected_state", setup_intent=setup())
    assert (await performed(attach(), (200, setup("requires_action")), overtaken)).state is TransferState.SUCCEEDED
    assert (await performed(attach(), (200, setup("requires_action")), error(500))).state is UNKNOWN


async def test_a_wrong_key_saves_nothing_and_says_who_mends_it():
    for answer, words in ((error(401), "API key"), (error(403), "SetupIntents")):
        outcome = await performed(attach(), answer)
        assert outcome.decline is not None
        assert words in outcome.decline.message


async def test_what_stripe_forgot_before_is_forgotten():
    refused = error(400, message="The payment method you provided is not attached to a customer.")
    gone = (200, {**CARD, "customer": None})
    assert (await performed(detach(SAVED), refused, gone)).state is TransferState.SUCCEEDED
    still_there = (200, {**CARD, "customer": "cus_canned"})
    outcome = await performed(detach(SAVED), refused, still_there)
    assert outcome.state is TransferState.DECLINED
    assert outcome.decline is not None
    assert "not attached to a customer" in outcome.decline.message


async def test_a_setup_that_ended_by_itself_needs_no_detaching():
    refused = error(400, code="setup_intent_unexpected_state")
    assert (await performed(detach(WAITING), refused, (200, setup("canceled")))).state is TransferState.SUCCEEDED
    saved_meanwhile = ((200, setup()), (200, {**CARD, "customer": None}))
    assert (await performed(detach(WAITING), refused, *saved_meanwhile)).state is TransferState.SUCCEEDED
    assert (await performed(detach(WAITING), refused, error(500))).state is TransferState.DECLINED


async def test_flints_own_id_of_a_removed_method_is_declined_without_asking():
    client = CannedClient(NOTHING_LISTED)
    processor = StripeProcessor("sk_test_1", clock=SteppingClock(NOW + timedelta(0)), http_client=client)
    refused = await perform(processor, Transfers().charge(1000, "pm_01KARRG0000000000000000001"))
    assert refused.decline is not None
    assert "was removed" in refused.decline.message
    assert client.asked == []
