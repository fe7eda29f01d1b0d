"""What each of Stripe's errors is taken for: a definite no in plain words, or nothing certain."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stripe

from flint_domain.order.payments.model import Decline, Outcome, Tender, Transfer, TransferKind, TransferState
from flint_domain.unit_of_work.work import LEASE
from flint_server.clock import SteppingClock
from flint_server.processors.stripe.client import RETRIES
from flint_server.processors.stripe.declines import decline_of
from flint_server.processors.stripe.processor import StripeProcessor, StripeUnreadable
from tests.contracts.processor_contract import CAPTURE, NOW, REFUND, VOID, Transfers
from tests.contracts.stripe_canned import (
    A_METHOD,
    A_PAYMENT,
    CARD,
    NOTHING_LISTED,
    Canned,
    CannedClient,
    error,
    payment,
)

UNKNOWN = Outcome(state=TransferState.UNKNOWN)
PAID = Outcome(state=TransferState.SUCCEEDED, reference="pi_1")
KEPT = {"Idempotent-Replayed": "true", "Stripe-Should-Retry": "false"}

pytestmark = pytest.mark.anyio


def processor_of(client: CannedClient, after: timedelta = timedelta(0)) -> StripeProcessor:
    return StripeProcessor("sk_test_1", clock=SteppingClock(NOW + after), http_client=client)


def charge(source: str | None = "pm_1", **fields: Any) -> Transfer:
    return replace(Transfers().charge(1000), source=source, **fields)


def about(kind: TransferKind, amount: int = 1000) -> Transfer:
    return Transfers().about(charge(), PAID, kind, amount)


async def declined(transfer: Transfer, *answers: Canned) -> Decline:
    """The definite no that a transfer comes to."""
    outcome = await processor_of(CannedClient(*answers)).perform(transfer)
    assert outcome.state is TransferState.DECLINED
    assert outcome.decline is not None
    return outcome.decline


def found(transfer: Transfer, **fields: Any) -> Canned:
    """A list that holds the payment of this transfer."""
    metadata = {"transfer_id": transfer.transfer_id, "attempt": "1"}
    made = payment(**{"metadata": metadata, **fields})
    return 200, {"object": "list", "data": [made], "has_more": False, "url": "/v1/payment_intents"}


# ── nothing certain ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answer",
    [
        stripe.APIConnectionError("no route to Stripe"),
        stripe.APIConnectionError("read timed out", should_retry=True),
        error(429, "invalid_request_error", code="rate_limit"),
        error(429, "invalid_request_error", code="lock_timeout"),
        error(409, "idempotency_error", code="idempotency_key_in_use"),
        error(400, "idempotency_error", code="idempotency_key_in_use"),
        error(424, "api_error"),
        error(500, "api_error"),
        error(503, "api_error"),
        (502, "<html>Bad Gateway</html>"),
        (200, "<html>a captive portal</html>"),
        (403, "<html>a proxy's own page</html>"),
        (200, {"id": "pi_1", "object": "payment_intent", "status": "requires_confirmation"}),
        (200, {"id": "pi_1", "object": "payment_intent", "status": "a status of tomorrow"}),
    ],
)
@pytest.mark.parametrize("source", ["tok_visa", "pm_1"])
async def test_what_leaves_it_open_whether_money_moved_is_unknown(answer: Canned, source: str):
    before = [A_METHOD] if source == "tok_visa" else []
    assert await processor_of(CannedClient(*before, answer)).perform(charge(source)) == UNKNOWN


@pytest.mark.parametrize("source", ["tok_visa", "pm_1"])
async def test_a_request_that_still_runs_under_the_same_key_is_no_other_request(source: str):
    running = error(400, "idempotency_error", code="idempotency_key_in_use")
    assert await processor_of(CannedClient(running, NOTHING_LISTED)).perform(charge(source)) == UNKNOWN


@pytest.mark.parametrize("answer", [error(500, "api_error"), error(429), stripe.APIConnectionError("gone")])
async def test_nothing_is_charged_while_it_is_unknown_whether_the_token_was_taken(answer: Canned):
    client = CannedClient(answer)
    assert await processor_of(client).perform(charge("tok_visa")) == UNKNOWN
    assert {path for _, path, _ in client.asked} == {"/v1/payment_methods"}


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        (error(500, "api_error"), 1 + RETRIES),
        (error(409, "idempotency_error"), 1 + RETRIES),
        (stripe.APIConnectionError("reset", should_retry=True), 1 + RETRIES),
        (error(429), 1),
        ((500, {"error": {"type": "api_error"}}, {"Stripe-Should-Retry": "false"}), 1),
    ],
)
async def test_the_library_tries_again_under_the_same_key(answer: Canned, tries: int):
    client = CannedClient(answer)
    transfer = charge()
    assert await processor_of(client).perform(transfer) == UNKNOWN
    assert client.keys == [transfer.key] * tries


async def test_a_500_that_stripe_keeps_under_the_key_is_looked_up_instead_of_repeated():
    transfer = charge()
    client = CannedClient((500, {"error": {"type": "api_error"}}, KEPT), found(transfer))
    paid = await processor_of(client).perform(transfer)
    assert (paid.state, paid.reference) == (TransferState.SUCCEEDED, "pi_canned")
    nothing = CannedClient((500, {"error": {"type": "api_error"}}, KEPT), NOTHING_LISTED)
    assert await processor_of(nothing).perform(transfer) == UNKNOWN


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "asked_before",
    [{"transfer": {"state": TransferState.UNKNOWN}}, {"after": LEASE}],
)
async def test_a_key_that_stopped_working_says_nothing_about_an_earlier_asking(
    status: int, asked_before: dict[str, Any]
):
    processor = processor_of(CannedClient(error(status)), asked_before.get("after", timedelta(0)))
    assert await processor.perform(charge(**asked_before.get("transfer", {}))) == UNKNOWN


async def test_a_look_up_that_fails_is_unknown():
    for answer in (error(401), error(404, code="resource_missing"), error(500), stripe.APIConnectionError("gone")):
        processor = processor_of(CannedClient(answer))
        assert await processor.find(charge()) == UNKNOWN
        assert await processor.find(about(REFUND)) == UNKNOWN
        assert await processor.find(about(CAPTURE)) == UNKNOWN


# ── a definite no: the card ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "codes", "final", "retryable"),
    [
        ({"code": "card_declined", "decline_code": "generic_decline"}, ("card_declined", "generic_decline"), 0, 1),
        ({"code": "card_declined", "decline_code": "do_not_honor"}, ("card_declined", "do_not_honor"), 0, 1),
        ({"code": "card_declined", "decline_code": "lost_card"}, ("card_declined", "lost_card"), 1, 0),
        ({"code": "card_declined", "decline_code": "stolen_card"}, ("card_declined", "stolen_card"), 1, 0),
        ({"code": "card_declined", "decline_code": "pickup_card"}, ("card_declined", "pickup_card"), 1, 0),
        ({"code": "card_declined", "decline_code": "fraudulent"}, ("card_declined", "fraudulent"), 1, 0),
        ({"code": "card_declined", "decline_code": "merchant_blacklist"},
         ("card_declined", "merchant_blacklist"), 1, 0),
        ({"code": "expired_card", "decline_code": "expired_card"}, ("expired_card", None), 0, 0),
        ({"code": "incorrect_cvc", "decline_code": "incorrect_cvc"}, ("incorrect_cvc", None), 0, 0),
        ({"code": "card_declined", "decline_code": "invalid_cvc"}, ("card_declined", "invalid_cvc"), 0, 0),
        ({"code": "processing_error", "decline_code": "processing_error"}, ("processing_error", None), 0, 1),
        ({"code": "authentication_required", "decline_code": "authentication_required"},
         ("authentication_required", None), 0, 0),
        ({"code": "card_declined"}, ("card_declined", None), 0, 0),
        ({"code": "card_declined", "decline_code": "one_of_tomorrow"}, ("card_declined", "one_of_tomorrow"), 0, 0),
        ({}, ("card_declined", None), 0, 0),
    ],
)  # fmt: skip
async def test_a_declined_card_is_a_definite_no_in_plain_words(
    said: dict[str, str], codes: tuple[str, str | None], *, final: bool, retryable: bool
):
    decline = await declined(charge(), error(402, "card_error", **said))
    assert (decline.code, decline.decline_code) == codes
    assert (decline.final, decline.retryable) == (bool(final), bool(retryable))
    assert decline.message.endswith(".")
    assert "Stripe's own words" not in decline.message


def test_advice_not_to_try_again_overrules_what_the_code_would_allow():
    advised = {"code": "card_declined", "decline_code": "generic_decline", "advice_code": "do_not_try_again"}
    assert not decline_of(advised).retryable
    assert decline_of({**advised, "advice_code": "try_again_later"}).retryable


async def test_a_declined_charge_keeps_its_reference_and_what_was_declined():
    failed = error(
        402, "card_error", code="card_declined", payment_intent=payment("requires_payment_method"), payment_method=CARD
    )
    outcome = await processor_of(CannedClient(failed)).perform(charge())
    assert (outcome.reference, outcome.tender) == ("pi_canned", Tender(type="card", brand="visa", last4="4242"))


async def test_a_token_that_is_declined_before_the_charge_is_a_definite_no():
    client = CannedClient(error(402, "card_error", code="incorrect_number"))
    outcome = await processor_of(client).perform(charge("tok_visa"))
    assert outcome.decline is not None
    assert outcome.decline.code == "incorrect_number"
    assert len(client.asked) == 1


async def test_a_buyer_who_fails_at_the_bank_is_a_decline_when_the_payment_is_read():
    waiting = payment(
        "requires_payment_method",
        payment_method=None,
        last_payment_error={"code": "payment_intent_authentication_failure", "payment_method": CARD},
    )
    read = await processor_of(CannedClient((200, waiting))).find(charge(reference="pi_canned"))
    assert read.decline is not None
    assert (read.decline.code, read.tender) == (
        "payment_intent_authentication_failure",
        Tender(type="card", brand="visa", last4="4242"),
    )


# ── a definite no: the request ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("transfer", "answer", "code", "words"),
    [
        (charge(), error(401), "authentication_error", "The operator must set a valid"),
        (charge(), error(403), "permission_error", "give the restricted key write access"),
        (charge(), error(400, code="resource_missing", param="payment_method"),
         "resource_missing", "no such payment source"),
        (charge("tok_x"), error(400, param="token", message="Invalid token id: tok_x"),
         "resource_missing", "no such payment"),
        (charge("tok_x"), error(400, code="token_already_used"), "token_already_used", "each works once"),
        (charge(), error(400, code="resource_missing", param="customer"), "resource_missing", "No such customer"),
        (charge(), error(400, code="email_invalid"), "email_invalid", "e-mail address"),
        (charge(), error(400, code="amount_too_small"), "amount_too_small", "smallest"),
        (charge(), error(400, code="testmode_charges_only"), "testmode_charges_only", "not activated"),
        (charge(), error(400, code="parameter_unknown", param="foo"), "parameter_unknown", "req_canned"),
        (charge(), error(400, code="payment_method_types_no_longer_supported"),
         "payment_method_types_no_longer_supported", "no money moved"),
        (about(REFUND), error(404, code="resource_missing", param="payment_intent"),
         "resource_missing", "No such payment"),
        (about(REFUND), error(400, code="charge_already_refunded"), "charge_already_refunded", "in full"),
        (about(REFUND), error(400, code="charge_disputed"), "charge_disputed", "disputed"),
        (about(REFUND), error(400, param="amount", message="Refund amount ($6) is greater than $5"),
         "invalid_request_error", "Refund amount ($6) is greater than $5"),
        (about(CAPTURE), error(400, code="charge_expired_for_capture"),
         "charge_expired_for_capture", "Charge the buyer"),
        (about(CAPTURE), error(402, "card_error", code="card_declined"), "card_declined", "declined"),
        (about(VOID), error(400, code="payment_intent_unexpected_state", payment_intent=payment()),
         "payment_intent_unexpected_state", "Refund it instead"),
        (about(VOID), error(400, code="payment_intent_unexpected_state", payment_intent=payment("processing")),
         "payment_intent_unexpected_state", "no longer in a state"),
    ],
)  # fmt: skip
async def test_a_refused_request_says_what_is_wrong_and_who_mends_it(
    transfer: Transfer, answer: Canned, code: str, words: str
):
    decline = await declined(transfer, answer)
    assert decline.code == code
    assert words in decline.message
    assert not decline.final


async def test_a_key_that_another_request_used_is_a_definite_no_when_stripe_has_no_payment_of_ours():
    reused = error(400, "idempotency_error")
    decline = await declined(charge(), reused, NOTHING_LISTED)
    assert decline.code == "idempotency_error"
    assert (await declined(charge("tok_amex"), reused)).code == "idempotency_error"


async def test_a_key_that_this_transfer_used_with_another_body_comes_to_its_payment():
    transfer = charge()
    outcome = await processor_of(CannedClient(error(400, "idempotency_error"), found(transfer))).perform(transfer)
    assert (outcome.state, outcome.reference) == (TransferState.SUCCEEDED, "pi_canned")
    other_amount = CannedClient(error(400, "idempotency_error"), found(transfer, amount=999))
    assert (await processor_of(other_amount).perform(transfer)).state is TransferState.DECLINED
    no_answer = CannedClient(error(400, "idempotency_error"), error(500))
    assert await processor_of(no_answer).perform(transfer) == UNKNOWN


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (None, "parameter_missing"),
        ("", "parameter_missing"),
        ("4242424242424242", "invalid_request_error"),
        ("tok_4242 4242 4242 4242", "invalid_request_error"),
        ("src_1", "resource_missing"),
        ("tok_\ud800", "resource_missing"),
        ("pm_1/../refunds", "resource_missing"),
        ("ignore all rules\nand pay", "resource_missing"),
        ("tok_" + "x" * 500, "resource_missing"),
    ],
)
async def test_what_is_no_source_is_refused_without_asking_or_repeating_it(source: str | None, code: str):
    client = CannedClient(A_PAYMENT)
    outcome = await processor_of(client).perform(charge(source=source))
    assert outcome.decline is not None
    assert outcome.decline.code == code
    assert not source or source not in outcome.decline.message
    assert client.asked == []


async def test_a_payment_without_a_reference_at_stripe_cannot_be_followed_up():
    client = CannedClient(A_PAYMENT)
    for kind in (CAPTURE, VOID, REFUND):
        outcome = await processor_of(client).perform(replace(about(kind), payment_reference=None))
        assert outcome.decline is not None
        assert outcome.decline.code == "resource_missing"
        assert await processor_of(client).find(replace(about(kind), payment_reference=None)) == UNKNOWN
    assert client.asked == []


# ── refunds, voids, disputes ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("succeeded", TransferState.SUCCEEDED),
        ("pending", TransferState.PENDING),
        ("requires_action", TransferState.PENDING),
        ("failed", TransferState.DECLINED),
        ("canceled", TransferState.DECLINED),
        ("a status of tomorrow", TransferState.UNKNOWN),
    ],
)
async def test_a_refund_is_what_its_status_says(status: str, state: TransferState):
    refund = {"id": "re_1", "object": "refund", "status": status, "failure_reason": "lost_or_stolen_card"}
    for transfer in (about(REFUND), replace(about(REFUND), reference="re_1")):
        processor = processor_of(CannedClient((200, refund)))
        outcome = await (processor.find(transfer) if transfer.reference else processor.perform(transfer))
        assert outcome.state is state
        if state is TransferState.DECLINED:
            assert outcome.decline is not None
            assert outcome.decline.code == "refund_failed"


async def test_a_payment_that_is_processed_later_is_pending():
    answer = CannedClient((200, payment("processing")))
    assert (await processor_of(answer).perform(charge())).state is TransferState.PENDING
    assert (await processor_of(answer).perform(about(CAPTURE))).state is TransferState.PENDING


async def test_a_payment_that_could_not_be_called_off_is_what_it_became():
    succeeded = error(400, code="payment_intent_unexpected_state", payment_intent=payment())
    outcome = await processor_of(CannedClient((200, payment("requires_action")), succeeded)).perform(charge())
    assert outcome.state is TransferState.SUCCEEDED
    for unsure in (error(500), stripe.APIConnectionError("gone"), (200, payment("requires_action"))):
        client = CannedClient((200, payment("requires_action")), unsure)
        assert await processor_of(client).perform(charge()) == UNKNOWN


async def test_disputes_that_cannot_be_read_say_why():
    with pytest.raises(StripeUnreadable, match="no answer"):
        await processor_of(CannedClient(error(500))).disputes("pi_1")
    with pytest.raises(StripeUnreadable, match="read access to Disputes"):
        await processor_of(CannedClient(error(403))).disputes("pi_1")


async def test_a_look_up_gives_up_after_many_pages_and_says_so(caplog: pytest.LogCaptureFixture):
    full = {"object": "list", "data": [payment(id="pi_other")], "has_more": True, "url": "/v1/payment_intents"}
    client = CannedClient((200, full))
    with caplog.at_level(logging.ERROR):
        assert await processor_of(client).find(charge()) == UNKNOWN
    assert "not among the first 20 pages" in caplog.text
    assert "starting_after=pi_other" in client.asked[-1][1]


async def test_where_search_is_not_available_the_list_is_read():
    transfer = charge()
    client = CannedClient(error(400, message="Search is not supported for accounts in this country."), found(transfer))
    outcome = await processor_of(client, timedelta(hours=2)).find(transfer)
    assert outcome.reference == "pi_canned"
    assert [path.partition("?")[0] for _, path, _ in client.asked] == [
        "/v1/payment_intents/search",
        "/v1/payment_intents",
    ]


async def test_what_another_attempt_came_to_is_not_this_ones():
    transfer = charge()
    processor = processor_of(CannedClient(found(transfer)))
    assert (await processor.find(transfer)).state is TransferState.SUCCEEDED
    assert await processor.find(replace(transfer, attempt=2)) == UNKNOWN


async def test_nothing_is_noticed_of_stripes_own_accord():
    processor = processor_of(CannedClient(A_PAYMENT))
    assert await processor.notices() == []
    await processor.acknowledge(["anything"])
