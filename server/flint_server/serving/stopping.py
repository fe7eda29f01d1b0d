"""Ending when the operator or the system says so: what is held is finished, and then the store is closed."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_stop(stop: Callable[[signal.Signals], None]) -> Generator[None]:
    """Call stop on the event loop at the first SIGTERM or Ctrl-C. The second one ends the process as if nobody had
    listened: nothing acknowledged is lost by that. For the main thread."""
    loop = asyncio.get_running_loop()

    def listen_no_more() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    def received(number: int, _frame: FrameType | None) -> None:
        listen_no_more()
        loop.call_soon_threadsafe(stop, signal.Signals(number))

    # signal.signal works on Windows, too, where the event loop knows no signals.
    former = {number: signal.signal(number, received) for number in SIGNALS}
    try:
        yield
    finally:
        listen_no_more()
