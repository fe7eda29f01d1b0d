"""The Stripe processor keeps every processor's contract: at the third-party server and, given a test key, at Stripe."""

import os

import pytest

from flint_server.processors.stripe.keys import StripeKey
from tests.contracts.methods_contract import MethodsContract
from tests.contracts.processor_contract import ProcessorContract
from tests.contracts.stripe_bench import CANNOT_AT_STRIPE, StripeBench
from tests.contracts.stripe_openapi import StripeOpenApi

TEST_KEY = os.environ.get("FLINT_STRIPE_TEST_KEY", "")


class TestAtTheThirdPartyServer(ProcessorContract, MethodsContract):
    @pytest.fixture
    async def bench(self, stripe_bench: StripeBench) -> StripeBench:
        return stripe_bench


if TEST_KEY:

    class TestAtStripe(ProcessorContract, MethodsContract):
        @pytest.fixture
        async def bench(self, stripe_spec: StripeOpenApi) -> StripeBench:
            if StripeKey.parse(TEST_KEY).livemode:
                pytest.fail("FLINT_STRIPE_TEST_KEY is a live key; the tests would charge real cards")
            return StripeBench(
                TEST_KEY, spec=stripe_spec, return_url="https://example.com/paid", cannot=CANNOT_AT_STRIPE
            )

else:

    def test_the_contract_is_kept_at_stripe():
        pytest.skip("FLINT_STRIPE_TEST_KEY is not set: there is no Stripe test account to ask")
