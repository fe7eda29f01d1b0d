"""Every request that Flint can make is one that Stripe's published OpenAPI file allows."""

from dataclasses import replace

import pytest

from flint_domain.order.payments.model import Outcome, TransferState
from flint_server.clock import SteppingClock
from flint_server.processors.stripe.lookup import SEARCHABLE_AFTER
from flint_server.processors.stripe.processor import StripeProcessor
from tests.contracts.processor_contract import AUTHORIZE, CAPTURE, NOW, REFUND, VOID, Transfers
from tests.contracts.stripe_canned import A_METHOD, NOTHING_LISTED, CannedClient, payment
from tests.contracts.stripe_openapi import NotInTheSpec, StripeOpenApi

RETURN_URL = "https://shop.example/paid?order=ord_1&from=bank"
BANK = "https://hooks.stripe.com/redirect/authenticate/src_1"


def processor_of(client: CannedClient, return_url: str | None = None) -> StripeProcessor:
    return StripeProcessor("sk_test_1", clock=SteppingClock(NOW), return_url=return_url, http_client=client)


@pytest.mark.anyio
async def test_with_a_return_url_the_buyer_is_sent_to_the_bank(stripe_spec: StripeOpenApi):
    """The third-party server knows no return_url, so this body is checked against the file alone."""
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": BANK, "return_url": RETURN_URL}}
    waiting = payment("requires_action", next_action=action)
    client = CannedClient(A_METHOD, (200, waiting), spec=stripe_spec)
    charge = Transfers().charge(1000, "tok_threeDSecure2Required")
    asked = await processor_of(client, RETURN_URL).perform(charge)
    assert (asked.state, asked.action_url) == (TransferState.REQUIRES_ACTION, BANK)
    body = client.asked[1][2]
    assert body["return_url"] == RETURN_URL
    assert body["allowed_payment_method_types"] == {"0": "card"}
    assert "automatic_payment_methods" not in body  # Stripe refuses both together
    assert "payment_method_types" not in body  # gone since 2026-09-30.endive, which this library speaks


@pytest.mark.anyio
async def test_without_the_buyer_no_return_url_is_sent(stripe_spec: StripeOpenApi):
    client = CannedClient((200, payment()), spec=stripe_spec)
    saved = replace(Transfers().charge(1000, "pm_1"), customer_reference="cus_1", off_session=True)
    await processor_of(client, RETURN_URL).perform(saved)
    body = client.asked[0][2]
    assert (body["customer"], body["off_session"]) == ("cus_1", "true")
    assert body["automatic_payment_methods"] == {"enabled": "true", "allow_redirects": "never"}
    assert "return_url" not in body


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reason", "told"),
    [
        *((known, known) for known in ("requested_by_customer", "duplicate", "fraudulent")),
        *((ours, "requested_by_customer") for ours in ("damaged", "wrong_item", "not_received")),
        (None, None),
    ],
)
async def test_stripe_hears_a_reason_that_it_knows(stripe_spec: StripeOpenApi, reason: str | None, told: str | None):
    client = CannedClient((200, payment(id="re_1")), spec=stripe_spec)
    transfers = Transfers()
    charge = transfers.charge(1000, "pm_card_visa")
    paid = Outcome(state=TransferState.SUCCEEDED, reference="pi_1")
    await processor_of(client).perform(replace(transfers.about(charge, paid, REFUND, 400), reason=reason))
    assert client.asked[0][2].get("reason") == told


@pytest.mark.anyio
async def test_every_other_request_is_in_the_file(stripe_spec: StripeOpenApi):
    """The tests at the third-party server check what they send as well; here is one of each, whatever they ask for."""
    client = CannedClient((200, payment("requires_action")), (200, payment("canceled")), spec=stripe_spec)
    stripe_spec.checked.clear()
    transfers = Transfers()
    charge = replace(transfers.charge(1000, "pm_card_visa", AUTHORIZE), buyer_email="sam@example.com")
    held = await processor_of(client).perform(charge)
    for kind in (CAPTURE, VOID, REFUND):
        client = CannedClient((200, payment(id="re_1")), spec=stripe_spec)
        await processor_of(client).perform(transfers.about(charge, held, kind, 1000))
    client = CannedClient(NOTHING_LISTED, spec=stripe_spec)
    processor = StripeProcessor("sk_test_1", clock=SteppingClock(NOW + SEARCHABLE_AFTER), http_client=client)
    await processor.find(charge)
    await processor.find(transfers.about(charge, held, REFUND, 1000))
    await processor.disputes("pi_1")
    client = CannedClient((200, payment(id="re_1")), spec=stripe_spec)
    for kind in (CAPTURE, REFUND):
        await processor_of(client).find(replace(transfers.about(charge, held, kind, 1000), reference="re_1"))
    assert stripe_spec.checked == {
        "POST /v1/payment_intents",
        "POST /v1/payment_intents/{intent}/capture",
        "POST /v1/payment_intents/{intent}/cancel",
        "POST /v1/refunds",
        "GET /v1/payment_intents",
        "GET /v1/payment_intents/search",
        "GET /v1/payment_intents/{intent}",
        "GET /v1/refunds",
        "GET /v1/refunds/{refund}",
        "GET /v1/disputes",
    }


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("post", "/v1/payment_intents", "amount=1000&currency=usd&no_such_parameter=1"),
        ("post", "/v1/payment_intents", "amount=ten&currency=usd"),
        ("post", "/v1/payment_intents", "amount=1000"),
        ("post", "/v1/payment_intents", "amount=1000&currency=usd&automatic_payment_methods[enable]=true"),
        ("post", "/v1/payment_intents", "amount=1000&currency=usd&capture_method=by_hand"),
        ("post", "/v1/payment_intents/pi_1/captur", ""),
        ("get", "/v1/payment_intents?metadata[order_id]=ord_1", None),
        ("get", "/v1/payment_intents?limit=many", None),
        ("put", "/v1/payment_intents/pi_1", ""),
    ],
)
def test_the_check_finds_what_stripe_would_refuse(stripe_spec: StripeOpenApi, method: str, path: str, form: str | None):
    with pytest.raises(NotInTheSpec):
        stripe_spec.check(method, f"https://api.stripe.test{path}", form)
