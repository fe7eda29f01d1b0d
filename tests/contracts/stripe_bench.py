"""Stripe's API on the bench of the contract: the third-party server, or a Stripe test account.

The HTTP client checks every request against Stripe's OpenAPI file before it is sent, and remembers the payments that
were made.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import anyio.to_thread
import stripe

from flint_server.clock import SteppingClock
from flint_server.processors.stripe.processor import StripeProcessor
from tests.contracts.processor_contract import ORDER, Bench, Transfers
from tests.contracts.stripe_openapi import StripeOpenApi

# What Stripe's testing page says is behind tokens that the third-party server does not know by name; it takes numbers.
NUMBERS = {
    "tok_chargeCustomerFail": "4000000000000341",
    "tok_pendingRefund": "4000000000007726",
    "tok_refundFail": "4000000000005126",
    "tok_authenticationRequired": "4000002760003184",
}

CANNOT_IN_WORLD = {
    "saving tok_chargeCustomerFail": "the third-party server declines this card at its SetupIntent already",
    "refusing what was detached": "the third-party server charges a detached method like a new one",
    "tok_radarBlock": "the third-party server knows no Radar",
    "notices": "Stripe says later outcomes by webhook",
    "buyer page": "the third-party server knows no return_url, so it sends buyers nowhere",
    "buyer": "the third-party server has no page on which a buyer could act",
    "later refunds": "at the third-party server a pending refund stays pending, and none fails later",
}
CANNOT_AT_STRIPE = {
    "notices": "Stripe says later outcomes by webhook",
    "buyer": "no test can act as the buyer on the bank's page",
    "later refunds": "a test account brings later refund outcomes when it likes",
}


class WatchingClient(stripe.RequestsClient):
    """Sends requests on their way, checked and remembered. rewrite may change a body after the check."""

    def __init__(self, spec: StripeOpenApi | None, rewrite: Callable[[str], str] = str) -> None:
        super().__init__(timeout=30)
        self._spec = spec
        self._rewrite = rewrite
        self.payments: list[str] = []
        self.sent: list[tuple[str, str, dict[str, str], str]] = []

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        if self._spec is not None:
            self._spec.check(method, url, post_data)
        self.sent.append((method.upper(), url, dict(headers or {}), post_data or ""))
        body = None if post_data is None else self._rewrite(post_data)
        content, status, answered = super().request(method, url, headers, body)
        if method == "post" and url.endswith("/v1/payment_intents"):
            self._remember(json.loads(content))
        return content, status, answered

    def _remember(self, answer: dict[str, Any]) -> None:
        error = answer.get("error", {})
        if error and error["type"] != "card_error":
            return  # a refused request made no payment, even where it shows one
        payment = error.get("payment_intent", {}).get("id") or answer.get("id")
        if payment and payment not in self.payments:
            self.payments.append(payment)


def numbers_for_tokens(body: str) -> str:
    """A body in which tokens that the third-party server does not know are the card numbers behind them."""

    def card(found: re.Match[str]) -> str:
        if found[1] not in NUMBERS:
            return found[0]
        return f"card[number]={NUMBERS[found[1]]}&card[exp_month]=12&card[exp_year]=2034&card[cvc]=314"

    return re.sub(r"card\[token\]=(\w+)", card, body)


class StripeBench(Bench):
    """key and base_address say which Stripe: the third-party server's, one account per base address, or a real one."""

    gives_notices = False

    def __init__(
        self,
        key: str,
        *,
        base_address: str | None = None,
        spec: StripeOpenApi | None = None,
        return_url: str | None = None,
        cannot: dict[str, str],
    ) -> None:
        self.clock = SteppingClock(datetime.now(UTC))
        self.wire = WatchingClient(spec, numbers_for_tokens if base_address else str)
        self.processor = self.stripe = StripeProcessor(
            key, clock=self.clock, return_url=return_url, base_address=base_address, http_client=self.wire
        )
        self.transfers = Transfers(f"{uuid4().hex[:12]}_", self.clock.now())
        self.cannot = cannot
        self.own = stripe.StripeClient(key, base_addresses={"api": base_address} if base_address else {})

    async def money(self, order_id: str = ORDER) -> tuple[int, int, int]:
        return await anyio.to_thread.run_sync(self._money, order_id)

    def _money(self, order_id: str) -> tuple[int, int, int]:
        charged = refunded = held = 0
        for reference in self.wire.payments:
            payment = self.own.v1.payment_intents.retrieve(reference)
            if payment.metadata["order_id"] != order_id:
                continue
            charged += payment.amount_received
            held += payment.amount_capturable if payment.status == "requires_capture" else 0
            refunds = self.own.v1.refunds.list({"payment_intent": reference, "limit": 100})
            refunded += sum(refund.amount for refund in refunds.data if refund.status in ("pending", "succeeded"))
        return charged, refunded, held

    async def saved(self, customer_reference: str | None) -> list[str]:
        assert customer_reference is not None
        client = self.own.v1.payment_methods
        found = await anyio.to_thread.run_sync(lambda: client.list({"customer": customer_reference, "limit": 100}))
        return [method.id for method in found.data]

    async def buyer_authenticates(self, reference: str, *, well: bool) -> None:
        raise NotImplementedError("needs('buyer') skips the tests that ask for it")

    async def time_passes(self) -> None:
        raise NotImplementedError("needs('later refunds') skips the tests that ask for it")
