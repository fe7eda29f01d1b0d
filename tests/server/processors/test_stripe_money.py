"""Amounts between ISO 4217's minor units and Stripe's, and what Stripe would refuse anyway."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.money import exponent
from flint_domain.order.payments.model import TransferState
from flint_server.clock import SteppingClock
from flint_server.processors.stripe.money import (
    LARGEST,
    MINIMUMS,
    THREE_DECIMAL,
    ZERO_DECIMAL,
    from_stripe,
    refuse_amount,
    to_stripe,
)
from flint_server.processors.stripe.processor import StripeProcessor
from tests.contracts.processor_contract import AUTHORIZE, CAPTURE, CHARGE, NOW, REFUND, VOID, Transfers
from tests.contracts.stripe_canned import A_PAYMENT, CannedClient

ORDINARY = ["USD", "EUR", "HUF", "TWD", "IDR"]
EVERY = sorted([*ORDINARY, "ISK", "UGX", *ZERO_DECIMAL, *THREE_DECIMAL])


def refusal(amount: int, currency: str, kind=CHARGE) -> tuple[str, str] | None:
    """Code and message of what is said before Stripe is asked."""
    decline = refuse_amount(replace(Transfers().charge(amount, kind=kind), currency=currency))
    return None if decline is None else (decline.code, decline.message)


@pytest.mark.parametrize(
    ("amount", "currency", "at_stripe"),
    [
        (1099, "USD", 1099),
        (500, "JPY", 500),
        (5120, "KWD", 5120),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (1045, "HUF", 1045),
        (500, "MGA", 5),  # hundredths in ISO 4217, none at Stripe
    ],
)
def test_amounts_are_as_stripe_documents_them(amount: int, currency: str, at_stripe: int):
    assert to_stripe(amount, currency) == at_stripe
    assert from_stripe(at_stripe, currency) == amount


@given(st.sampled_from(EVERY), st.integers(1, 10**9))
def test_what_is_not_refused_comes_back_exactly(currency: str, amount: int):
    if refusal(amount, currency, REFUND) is None:
        assert from_stripe(to_stripe(amount, currency), currency) == amount
        assert currency not in {"ISK", "UGX"} or to_stripe(amount, currency) % 100 == 0
        assert currency not in THREE_DECIMAL or to_stripe(amount, currency) % 10 == 0


def test_an_amount_that_stripe_cannot_hold_is_never_rounded():
    with pytest.raises(ValueError, match=r"cannot hold 5\.01 MGA exactly"):
        to_stripe(501, "MGA")


@pytest.mark.parametrize("kind", [CHARGE, AUTHORIZE, CAPTURE, REFUND])
@pytest.mark.parametrize(
    ("amount", "currency", "below", "above"),
    [(5124, "KWD", "5.120 KWD", "5.130 KWD"), (50150, "MGA", "501.00 MGA", "502.00 MGA")],
)
def test_steps_that_are_too_fine_are_refused_with_the_nearest_that_are_not(
    kind, amount: int, currency: str, below: str, above: str
):
    refused = refusal(amount, currency, kind)
    assert refused is not None
    assert refused[0] == "invalid_charge_amount"
    assert f"{below} or {above}" in refused[1]


@pytest.mark.parametrize(
    ("amount", "currency", "least"),
    [(49, "USD", "0.50 USD"), (29, "GBP", "0.30 GBP"), (49, "JPY", "50 JPY"), (17499, "HUF", "175.00 HUF")],
)
def test_a_charge_below_stripes_minimum_is_refused_with_the_minimum(amount: int, currency: str, least: str):
    for kind in (CHARGE, AUTHORIZE):
        refused = refusal(amount, currency, kind)
        assert refused is not None
        assert refused[0] == "amount_too_small"
        assert least in refused[1]
        assert refusal(amount + 1, currency, kind) is None
    assert refusal(amount, currency, REFUND) is None
    assert refusal(amount, currency, CAPTURE) is None


def test_the_minimums_are_those_that_stripe_publishes():
    assert len(MINIMUMS) == 31
    assert all(MINIMUMS[currency] * 10 ** exponent(currency) % 1 == 0 for currency in MINIMUMS)
    assert "KWD" not in MINIMUMS
    assert refusal(10, "KWD") is None  # what is not listed is left to Stripe


@pytest.mark.parametrize("currency", ["LYD", "IQD", "CLF"])
def test_a_currency_whose_decimals_stripe_does_not_know_is_refused(currency: str):
    assert (refusal(1000, currency) or ("",))[0] == "currency_not_supported"


@pytest.mark.parametrize("currency", ["XAU", "ZZZ", "usd", ""])
def test_what_is_no_currency_is_refused(currency: str):
    assert (refusal(1000, currency) or ("",))[0] == "invalid_request_error"


@pytest.mark.parametrize("amount", [0, -1, -(10**30)])
def test_nothing_or_less_is_refused(amount: int):
    assert (refusal(amount, "USD") or ("",))[0] == "parameter_invalid_integer"


def test_more_than_twelve_digits_at_stripe_are_refused():
    assert refusal(LARGEST, "USD") is None
    assert (refusal(LARGEST + 1, "USD") or ("",))[0] == "amount_too_large"
    assert (refusal(10**10, "ISK") or ("",))[0] == "amount_too_large"


def test_a_void_of_nothing_is_none_of_this():
    assert refusal(0, "USD", VOID) is None


@pytest.mark.anyio
@pytest.mark.parametrize(("amount", "currency"), [(0, "USD"), (49, "USD"), (5124, "KWD"), (1000, "LYD")])
async def test_what_is_refused_is_never_sent(amount: int, currency: str):
    client = CannedClient(A_PAYMENT)
    processor = StripeProcessor("sk_test_1", clock=SteppingClock(NOW), http_client=client)
    outcome = await processor.perform(replace(Transfers().charge(amount), currency=currency))
    assert outcome.state is TransferState.DECLINED
    assert client.asked == []
