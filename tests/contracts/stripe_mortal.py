"""A process that pays an order and is killed the moment Stripe's answer to a request arrives:
`python -m tests.contracts.stripe_mortal FOLDER BASE_ADDRESS ORDER_ID LAST_PATH`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import anyio

from flint_domain.commands.payments import PayOrder
from flint_domain.engine.flint import Call, Flint
from flint_server.clock import SystemClock
from flint_server.db import DEFAULT_MERCHANT_ID, Ulids, open_store
from flint_server.processors.stripe.processor import StripeProcessor
from tests.contracts.stripe_bench import WatchingClient


class MortalClient(WatchingClient):
    def __init__(self, last_path: str) -> None:
        super().__init__(spec=None)
        self._last_path = last_path

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        answer = super().request(method, url, headers, post_data)
        if url.endswith(self._last_path):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


async def main(folder: str, base_address: str, order_id: str, last_path: str) -> None:
    clock = SystemClock()
    store = open_store(Path(folder) / "flint.db", clock, Ulids())
    processor = StripeProcessor(
        "sk_test_flint", clock=clock, base_address=base_address, http_client=MortalClient(last_path)
    )
    flint = Flint(store, processor, DEFAULT_MERCHANT_ID)
    await flint.execute(PayOrder(order_id=order_id, sources=("tok_visa",)), Call(key="pay-1"))


if __name__ == "__main__":
    folder, base_address, order_id, last_path = sys.argv[1:]
    anyio.run(main, folder, base_address, order_id, last_path)
