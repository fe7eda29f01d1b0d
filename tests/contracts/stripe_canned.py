"""A Stripe that says what a test tells it to: answers, errors and silence, without a network."""

import json
from collections.abc import Mapping
from typing import Any

import stripe
from requests.structures import CaseInsensitiveDict

from tests.contracts.stripe_openapi import StripeOpenApi, nested

Canned = tuple[int, Mapping[str, Any] | str] | tuple[int, Mapping[str, Any] | str, Mapping[str, str]] | Exception


class CannedClient(stripe.HTTPClient):
    """Gives its answers in turn, the last one again and again, and keeps the requests."""

    name = "canned"

    def __init__(self, *answers: Canned, spec: StripeOpenApi | None = None) -> None:
        super().__init__()
        self._answers = list(answers)
        self._spec = spec
        self.asked: list[tuple[str, str, dict[str, Any]]] = []  # method, path with query, body
        self.keys: list[str] = []

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any) -> Any:
        if self._spec is not None:
            self._spec.check(method, url, post_data)
        self.asked.append((method.upper(), url[url.index("/v1/") :], nested(post_data or "")))
        if method == "post":
            self.keys.append(headers["Idempotency-Key"])
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, *extra = answer
        text = body if isinstance(body, str) else json.dumps(body)
        return text, status, CaseInsensitiveDict({"Request-Id": "req_canned", **(extra[0] if extra else {})})

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0

    def close(self) -> None:
        pass


def error(status: int, kind: str = "invalid_request_error", message: str = "", **fields: Any) -> Canned:
    """An error as Stripe words it."""
    return status, {"error": {"type": kind, "message": message or "Stripe's own words.", **fields}}


def payment(status: str = "succeeded", **fields: Any) -> dict[str, Any]:
    """A PaymentIntent of 10.00 USD with what Flint reads of one."""
    made = {
        "id": "pi_canned",
        "object": "payment_intent",
        "amount": 1000,
        "amount_received": 1000 if status == "succeeded" else 0,
        "currency": "usd",
        "status": status,
        "metadata": {},
        "next_action": None,
        "last_payment_error": None,
        "payment_method": CARD,
    }
    return made | fields


def setup(status: str = "succeeded", **fields: Any) -> dict[str, Any]:
    """A SetupIntent with what Flint reads of one."""
    made = {
        "id": "seti_canned",
        "object": "setup_intent",
        "status": status,
        "customer": "cus_canned",
        "metadata": {},
        "next_action": None,
        "last_setup_error": None,
        "payment_method": {**CARD, "customer": "cus_canned"},
    }
    return made | fields


CARD = {"id": "pm_canned", "object": "payment_method", "type": "card", "card": {"brand": "visa", "last4": "4242"}}
A_PAYMENT: Canned = (200, payment())
A_METHOD: Canned = (200, CARD)
NOTHING_LISTED: Canned = (200, {"object": "list", "data": [], "has_more": False, "url": "/v1/payment_intents"})
