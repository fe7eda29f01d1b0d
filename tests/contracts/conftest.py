"""The third-party Stripe server, started once for all tests, with an account of its own for each."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from tests.contracts.stripe_bench import CANNOT_IN_WORLD, StripeBench
from tests.contracts.stripe_openapi import StripeOpenApi
from tests.contracts.stripe_world_setup import NoStripeWorld, find_python, install, running, spec_of


@dataclass(frozen=True, slots=True)
class StripeWorldFiles:
    python: str
    site: Path


@pytest.fixture(scope="session")
def stripe_world_files() -> StripeWorldFiles:
    try:
        python, version = find_python()
        return StripeWorldFiles(python, install(python, version))
    except NoStripeWorld as reason:
        pytest.skip(f"no third-party Stripe: {reason}")


@pytest.fixture(scope="session")
def stripe_spec(stripe_world_files: StripeWorldFiles) -> StripeOpenApi:
    return StripeOpenApi(spec_of(stripe_world_files.site))


@pytest.fixture(scope="session")
def stripe_world(stripe_world_files: StripeWorldFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("stripe-world") / "server.log"
    try:
        with running(stripe_world_files.python, stripe_world_files.site, log) as address:
            yield address
    except NoStripeWorld as reason:
        pytest.skip(f"no third-party Stripe: {reason}")


@pytest.fixture
def stripe_account(stripe_world: str) -> Iterator[str]:
    """The base address of an account that nobody else uses."""
    address = f"{stripe_world}/worlds/{uuid4()}"
    urlopen(Request(address, method="PUT", data=b"{}"), timeout=30).close()
    yield address
    urlopen(Request(address, method="DELETE"), timeout=30).close()


@pytest.fixture
async def stripe_bench(stripe_account: str, stripe_spec: StripeOpenApi) -> AsyncIterator[StripeBench]:
    yield StripeBench("sk_test_flint", base_address=stripe_account, spec=stripe_spec, cannot=CANNOT_IN_WORLD)
