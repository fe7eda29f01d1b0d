"""The Stripe processor keeps the contract of every processor: against the third-party server and, given a test key, Stripe."""

import os

import pytest

from flint_server.processors.stripe_keys import StripeKey
from tests.contracts.processor_contract import ProcessorContract
from tests.contracts.stripe_bench import CANNOT_AT_STRIPE, StripeBench
from tests.contracts.stripe_openapi import StripeOpenApi

TEST_KEY = "FLINT_STRIPE_TEST_KEY"


class TestAtTheThirdPartyServer(ProcessorContract):
    @pytest.fixture
    async def bench(self, stripe_bench: StripeBench) -> StripeBench:
        return stripe_bench


class TestAtStripe(ProcessorContract):
    @pytest.fixture
    async def bench(self, request: pytest.FixtureRequest) -> StripeBench:
        key = os.environ.get(TEST_KEY)
        if not key:
            pytest.skip(f"{TEST_KEY} is not set: no Stripe test account to ask")
        if StripeKey.parse(key).livemode:
            pytest.fail(f"{TEST_KEY} is a live key; the tests would charge real cards")
        spec: StripeOpenApi = request.getfixturevalue("stripe_spec")
        return StripeBench(key, spec=spec, return_url="https://example.com/paid", cannot=CANNOT_AT_STRIPE)
