"""Which keys are taken, and that none is ever seen: not in a text, a log, an error or an answer."""

import logging
import subprocess
import sys
import traceback
from typing import Any

import pytest
import stripe

from flint_domain.order.payments.model import Outcome
from flint_server.clock import SteppingClock
from flint_server.processors.stripe.keys import StripeKey, StripeKeyRefused, without_keys
from flint_server.processors.stripe.processor import StripeProcessor, StripeUnreadable
from tests.contracts.processor_contract import NOW, Transfers
from tests.contracts.stripe_canned import A_METHOD, A_PAYMENT, Canned, CannedClient, error

SECRET = "51Nq7vSECRETSECRETSECRET"
KEY = f"sk_test_{SECRET}"


@pytest.mark.parametrize(
    ("text", "livemode", "restricted"),
    [
        (f"sk_test_{SECRET}", False, False),
        (f"sk_live_{SECRET}", True, False),
        (f"rk_test_{SECRET}", False, True),
        (f"rk_live_{SECRET}", True, True),
        (f"  {KEY}\n", False, False),
    ],
)
def test_a_key_says_whether_it_moves_real_money(text: str, livemode: bool, restricted: bool):
    key = StripeKey.parse(text)
    assert (key.livemode, key.restricted) == (livemode, restricted)
    processor = StripeProcessor(text, clock=SteppingClock(NOW))
    assert processor.livemode is livemode
    assert (key.reveal(), processor.name) == (text.strip(), "stripe live" if livemode else "stripe test")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (f"pk_test_{SECRET}", "publishable key"),
        (f"pk_live_{SECRET}", "publishable key"),
        (f"whsec_{SECRET}", "webhook's signing secret"),
        ("", "is empty"),
        ("   ", "is empty"),
        (SECRET, "no Stripe key"),
        (f"sk_{SECRET}", "no Stripe key"),
        (f"sk_test_{SECRET} and more", "no Stripe key"),
        (f"sk_test_{SECRET}é", "no Stripe key"),
        (f"sk_test_{SECRET}\r\nX-Header: 1", "no Stripe key"),
    ],
)
def test_what_is_no_key_for_a_server_is_refused_with_a_hint_and_not_repeated(text: str, hint: str):
    with pytest.raises(StripeKeyRefused, match=hint) as refused:
        StripeProcessor(text, clock=SteppingClock(NOW))
    assert "Stripe Dashboard" in str(refused.value)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_no_text_of_a_key_or_a_processor_shows_the_key():
    key = StripeKey.parse(KEY)
    processor = StripeProcessor(key, clock=SteppingClock(NOW))
    shown = [
        repr(key),
        str(key),
        f"{key}",
        repr(processor),
        str(processor),
        f"{vars(processor)}",
        repr([key, processor]),
    ]
    assert all(SECRET not in text for text in shown)
    assert repr(key) == "StripeKey(sk_test_…)"


@pytest.mark.parametrize("kind", ["sk_test_", "sk_live_", "rk_test_", "pk_live_", "whsec_"])
def test_keys_are_taken_out_of_texts(kind: str):
    cleaned = without_keys(f"Invalid API Key provided: {kind}{SECRET}, see the docs")
    assert cleaned == "Invalid API Key provided: [a key], see the docs"
    assert without_keys("tok_visa and pi_123 stay") == "tok_visa and pi_123 stay"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer",
    [
        error(401, message=f"Invalid API Key provided: {KEY}"),
        error(403, message=f"The provided key '{KEY}' does not have access"),
        error(400, code="secret_key_required", message=f"You used {KEY}"),
        error(400, code="one_of_tomorrow", message=f"{KEY} cannot do this for sam@example.com"),
        error(402, "card_error", code="card_declined", message=f"declined for {KEY}"),
        error(500, "api_error", message=f"{KEY} broke it"),
        (500, f"<html>{KEY}</html>"),
        stripe.APIConnectionError(f"could not connect with {KEY}"),
        A_PAYMENT,
    ],
)
async def test_neither_answers_nor_logs_hold_the_key_or_the_buyers_address(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], answer: Canned
):
    def outcome_text(outcome: Outcome) -> str:
        return f"{outcome!r}"

    transfer: Any = Transfers().charge(1000, "tok_visa")
    texts: list[str] = []
    with caplog.at_level(logging.DEBUG):
        processor = StripeProcessor(KEY, clock=SteppingClock(NOW), http_client=CannedClient(A_METHOD, answer))
        texts.append(outcome_text(await processor.perform(transfer)))
        texts.append(outcome_text(await processor.find(transfer)) if answer is not A_PAYMENT else "")
        try:
            await processor.disputes("pi_1")
        except (StripeUnreadable, KeyError) as unreadable:
            texts.append("".join(traceback.format_exception(unreadable)))
    texts.append(caplog.text)
    texts.extend(capfd.readouterr())
    assert all(SECRET not in text and "sam@example.com" not in text for text in texts)


def test_stripes_library_is_imported_with_the_first_call_and_not_before():
    code = (
        "import sys; from flint_server.clock import SystemClock; "
        "from flint_server.processors.stripe.processor import StripeProcessor; "
        "StripeProcessor('sk_test_1', clock=SystemClock()); sys.exit('stripe' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
