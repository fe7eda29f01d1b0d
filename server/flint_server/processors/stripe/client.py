"""The line to Stripe: its library, called in worker threads and imported with the first call."""

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from flint_server.processors.stripe.errors import Failure, failure_of
from flint_server.processors.stripe.keys import StripeKey

if TYPE_CHECKING:
    from stripe import HTTPClient, StripeClient, StripeObject

TIMEOUT = 30.0  # seconds for one try; three of them fit below flint.PERFORM_DEADLINE
RETRIES = 2  # after the first try, by Stripe's library: connection errors, 409 and 5xx
CALLS_AT_ONCE = 20  # threads; a test account takes 25 requests per second

Answer = Mapping[str, Any]
Call = Callable[["StripeClient"], "StripeObject"]


class StripeLine:
    """Asks Stripe and answers plain JSON, or a Failure; no exception of Stripe's library leaves it.

    base_address and http_client are for tests.
    """

    def __init__(
        self, key: StripeKey, *, base_address: str | None = None, http_client: "HTTPClient | None" = None
    ) -> None:
        self.key = key
        self._base_address = base_address
        self._http_client = http_client
        self._limiter = anyio.CapacityLimiter(CALLS_AT_ONCE)

    def __repr__(self) -> str:
        return f"StripeLine({self.key!r})"

    async def ask(self, call: Call) -> Answer | Failure:
        """One request. A caller who gives up leaves its thread to end alone; the idempotency key makes that safe."""

        def in_thread() -> Answer | Failure:
            import stripe

            try:
                return call(self._client).to_dict()
            except stripe.StripeError as error:
                return failure_of(error)

        return await anyio.to_thread.run_sync(in_thread, abandon_on_cancel=True, limiter=self._limiter)

    @cached_property
    def _client(self) -> "StripeClient":
        import stripe

        log = logging.getLogger("stripe")
        if log.level == logging.NOTSET:
            log.setLevel(logging.WARNING)  # below that the library logs whole bodies, buyers' addresses included
        return stripe.StripeClient(
            self.key.reveal(),
            base_addresses={"api": self._base_address} if self._base_address else {},
            max_network_retries=RETRIES,
            http_client=self._http_client or stripe.RequestsClient(timeout=TIMEOUT),
        )
