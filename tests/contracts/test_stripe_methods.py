"""How methods are saved at Stripe: what is sent, and what the third-party server makes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from flint_domain.engine.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.order.payments.model import TransferState
from flint_server.clock import SteppingClock
from flint_server.processors.stripe.processor import StripeProcessor
from tests.contracts.processor_contract import NOW, Transfers, find, perform
from tests.contracts.stripe_bench import StripeBench
from tests.contracts.stripe_canned import A_METHOD, NOTHING_LISTED, CannedClient, setup
from tests.contracts.stripe_openapi import StripeOpenApi

pytestmark = pytest.mark.anyio

RETURN_URL = "https://shop.example/saved"
BANK = "https://hooks.stripe.com/redirect/authenticate/src_1"
A_CUSTOMER = (200, {"id": "cus_canned", "object": "customer"})
DETACHED = (200, {"id": "pm_canned", "object": "payment_method", "type": "card", "customer": None})


def processor_of(client: CannedClient, return_url: str | None = None) -> StripeProcessor:
    return StripeProcessor("sk_test_1", clock=SteppingClock(NOW), return_url=return_url, http_client=client)


def setups(bench: StripeBench) -> list[dict[str, Any]]:
    return [made.to_dict() for made in bench.own.v1.setup_intents.list({"limit": 100}).data]


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_every_request_about_methods_is_in_the_file(stripe_spec: StripeOpenApi):
    stripe_spec.checked.clear()
    transfers = Transfers()
    attach = transfers.attach("tok_visa")
    saved = await perform(processor_of(CannedClient(A_METHOD, A_CUSTOMER, (200, setup()), spec=stripe_spec)), attach)
    await perform(processor_of(CannedClient(DETACHED, spec=stripe_spec)), transfers.detach(attach, saved))
    await find(processor_of(CannedClient(DETACHED, spec=stripe_spec)), transfers.detach(attach, saved))
    waiting = replace(saved, reference="seti_canned")
    canceled = CannedClient((200, setup("canceled")), spec=stripe_spec)
    await perform(processor_of(canceled), transfers.detach(attach, waiting))
    await find(processor_of(CannedClient((200, setup()), spec=stripe_spec)), replace(attach, reference="seti_canned"))
    for customer in (None, "cus_canned"):
        listed = CannedClient(NOTHING_LISTED, spec=stripe_spec)
        await find(processor_of(listed), replace(attach, customer_reference=customer))
    assert stripe_spec.checked == {
        "POST /v1/payment_methods",
        "POST /v1/customers",
        "POST /v1/setup_intents",
        "POST /v1/setup_intents/{intent}/cancel",
        "POST /v1/payment_methods/{payment_method}/detach",
        "GET /v1/payment_methods/{payment_method}",
        "GET /v1/setup_intents",
        "GET /v1/setup_intents/{intent}",
    }


async def test_with_a_return_url_the_buyer_is_sent_to_the_bank_to_save_a_card(stripe_spec: StripeOpenApi):
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": BANK, "return_url": RETURN_URL}}
    client = CannedClient((200, setup("requires_action", next_action=action)), spec=stripe_spec)
    attach = Transfers().attach("pm_1", customer_reference="cus_canned")
    asked = await perform(processor_of(client, RETURN_URL), attach)
    assert (asked.state, asked.action_url) == (TransferState.REQUIRES_ACTION, BANK)
    assert (asked.reference, asked.customer_reference) == ("seti_canned", "cus_canned")
    body = client.asked[0][2]
    assert (body["return_url"], body["allowed_payment_method_types"]) == (RETURN_URL, {"0": "card"})
    assert (body["usage"], body["confirm"], body["customer"]) == ("off_session", "true", "cus_canned")
    assert "automatic_payment_methods" not in body


async def test_a_customer_at_stripe_is_made_once_and_knows_nothing_of_the_buyer(stripe_spec: StripeOpenApi):
    transfers = Transfers()
    client = CannedClient(A_METHOD, A_CUSTOMER, (200, setup()), spec=stripe_spec)
    for attach in (transfers.attach("tok_visa"), transfers.attach("tok_visa")):
        await perform(processor_of(client), attach)
        made = dict(zip((path for _, path, _ in client.asked), client.keys, strict=True))
        assert made["/v1/customers"] == "mer_1:cus_1:customer"
        client = CannedClient(A_METHOD, A_CUSTOMER, (200, setup()), spec=stripe_spec)
    client = CannedClient(A_CUSTOMER, (200, setup()), spec=stripe_spec)
    await perform(processor_of(client), transfers.attach("pm_1"))
    assert client.asked[0][2] == {"metadata": {"merchant_id": "mer_1", "customer_id": "cus_1"}}
    client = CannedClient((200, setup()), spec=stripe_spec)
    await perform(processor_of(client), transfers.attach("pm_1", customer_reference="cus_canned"))
    assert [path for _, path, _ in client.asked] == ["/v1/setup_intents"]


# ── at the third-party server ────────────────────────────────────────────────────────────────────────────────────────


async def test_every_object_of_a_saved_method_says_what_it_is_for(stripe_bench: StripeBench):
    attach = stripe_bench.transfers.attach()
    saved = await perform(stripe_bench.processor, attach)
    ids = {"merchant_id": "mer_1", "customer_id": attach.customer_id}
    [made] = setups(stripe_bench)
    whole = {**ids, "payment_method_id": attach.subject.subject_id, "transfer_id": attach.errand_id, "attempt": "1"}
    assert (made["metadata"], made["usage"], made["payment_method"]) == (whole, "off_session", saved.reference)
    customer = stripe_bench.own.v1.customers.retrieve(saved.customer_reference or "").to_dict()
    assert (customer["metadata"], customer["email"], customer["name"]) == (ids, None, None)


async def test_a_card_that_needs_its_buyer_is_not_saved_where_no_buyer_can_be_sent_anywhere(
    stripe_bench: StripeBench,
):
    attach = stripe_bench.transfers.attach("tok_threeDSecure2Required")
    refused = await perform(stripe_bench.processor, attach)
    assert refused.decline is not None
    assert refused.decline.code == "authentication_required"
    assert "return URL" in refused.decline.message
    assert [made["status"] for made in setups(stripe_bench)] == ["canceled"]
    assert await perform(stripe_bench.processor, attach) == refused
    assert await find(stripe_bench.processor, attach) == refused
    assert await stripe_bench.saved(refused.customer_reference) == []


async def test_a_forgotten_key_saves_nothing_again(stripe_bench: StripeBench):
    attach, never_asked = stripe_bench.transfers.attach(), stripe_bench.transfers.attach()
    saved = await perform(stripe_bench.processor, attach)
    detach = stripe_bench.transfers.detach(attach, saved)
    await perform(stripe_bench.processor, detach)
    stripe_bench.wire.sent.clear()
    stripe_bench.clock.set(stripe_bench.clock.now() + KEY_FORGOTTEN_AFTER + timedelta(seconds=1))
    assert await perform(stripe_bench.processor, attach) == saved
    assert (await perform(stripe_bench.processor, detach)).state is TransferState.SUCCEEDED
    assert (await perform(stripe_bench.processor, never_asked)).state is TransferState.UNKNOWN
    assert {method for method, _, _, _ in stripe_bench.wire.sent} == {"GET"}


async def test_a_setup_that_was_finished_meanwhile_is_detached_by_its_method(stripe_bench: StripeBench):
    attach = stripe_bench.transfers.attach()
    saved = await perform(stripe_bench.processor, attach)
    [made] = setups(stripe_bench)
    detach = stripe_bench.transfers.detach(attach, replace(saved, reference=made["id"]))
    assert (await find(stripe_bench.processor, detach)).state is TransferState.UNKNOWN
    for _ in range(2):
        assert (await perform(stripe_bench.processor, detach)).state is TransferState.SUCCEEDED
    assert (await find(stripe_bench.processor, detach)).state is TransferState.SUCCEEDED
    assert await stripe_bench.saved(saved.customer_reference) == []
