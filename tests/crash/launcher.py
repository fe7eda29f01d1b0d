"""`flint serve --http` as it is, on ports that may kill it: python -m tests.crash.launcher, driven over its pipes.

Importing Flint takes longer than all the rest of a short life, so it is done once, and each server is a fork: a process
of its own, which SIGKILL ends as it ends any other. A line on standard input begins a life, or is for the server that
lives; every line on standard output tells the driver what happened.
"""

import json
import os
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from random import Random
from typing import Any

from sqlalchemy import Engine, event

from flint_domain.customers.errands import Attach
from flint_domain.engine.transfers import Transfers
from flint_domain.order.payments.model import Asked, Outcome, TransferKind, TransferState
from flint_server import worker
from flint_server.cli import main as cli
from flint_server.clock import SystemClock
from flint_server.db import SqliteStore
from flint_server.processors.simulated.processor import SimulatedProcessor
from flint_tools import server
from flint_tools.selection import ALL_TOOLS
from tests.crash.points import Fate, kill_this_process, mortal_connection, replace_method
from tests.crash.wrong import WRONG

ROUND_EVERY = 0.2  # seconds between the worker's rounds: nobody wants to wait a minute for a recovery here

_recovering: ContextVar[bool] = ContextVar("recovering", default=False)


def tell(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def next_line() -> dict[str, Any]:
    """The driver's next line, read byte by byte: what follows may be for another process. Ends with the driver.

    Empty for the rest of a line that a server had begun to read when it was killed: it was for that server.
    """
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            kill_this_process()
        line += byte
    try:
        return json.loads(line)
    except ValueError:
        return {}


def die(point: str) -> None:
    tell(killed_at=point)
    kill_this_process()


# ── the product's ports, and what passes through them ──


class AheadClock:
    """The machine's clock, ahead by as much as the driver says: this is how leases of a former life run out."""

    def __init__(self, ahead: float) -> None:
        self.seconds = ahead

    def install(self) -> None:
        machine, ahead = SystemClock.now, self

        def now(clock: SystemClock) -> datetime:
            return machine(clock) + timedelta(seconds=ahead.seconds)

        replace_method(SystemClock, "now", now)


def make_processor_mortal(fate: Fate) -> None:
    asked: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    declined: set[str] = set()

    def before(asked_for: Asked, call: str) -> None:
        asked[call] += 1
        fate.passes("before the processor is asked")
        if _recovering.get():
            tell(recovered=1)
            fate.passes("during recovery")
        if call in declined and call.startswith("pay-"):
            fate.passes("between a decline and the next token")
        if call.startswith("tenders-") and asked_for.kind == TransferKind.CAPTURE:
            fate.passes("between authorizations and captures")
        if call.startswith("move-") and asked_for.kind == TransferKind.REFUND:
            fate.passes("between a move's charge and its give-back")
        if call.startswith(("amend-", "return-")):
            fate.passes("while an amendment waits for its money")

    def after(asked_for: Asked, call: str, outcome: Outcome) -> None:
        answered[call] += 1
        fate.passes("after its answer, before the settle")
        if _recovering.get():
            fate.passes("during recovery")
        if call.startswith("cancel-") and answered[call] < asked[call]:
            fate.passes("in the middle of a cancel")
        if call.startswith(("amend-", "return-")):
            fate.passes("while an amendment waits for its money")
        if isinstance(asked_for, Attach):
            fate.passes("between an attach's answer and its settle")
        if outcome.state is TransferState.DECLINED:
            declined.add(call)

    for name in ("perform", "attach", "detach"):
        replace_method(SimulatedProcessor, name, _mortal(getattr(SimulatedProcessor, name), before, after))


def _mortal(
    perform: Callable[[SimulatedProcessor, Any], Awaitable[Outcome]],
    before: Callable[[Asked, str], None],
    after: Callable[[Asked, str, Outcome], None],
) -> Callable[[SimulatedProcessor, Any], Awaitable[Outcome]]:
    async def mortal(processor: SimulatedProcessor, asked_for: Asked) -> Outcome:
        call = asked_for.idempotency_key or ""
        before(asked_for, call)
        outcome = await perform(processor, asked_for)
        after(asked_for, call, outcome)
        return outcome

    return mortal


def make_store_mortal(fate: Fate) -> None:
    write = SqliteStore.write

    async def mortal(store: SqliteStore, merchant_id: str, change: Any) -> Any:
        written = await write(store, merchant_id, change)
        if _recovering.get():
            fate.passes("during recovery")
        fate.passes("after a commit, before the answer")
        return written

    replace_method(SqliteStore, "write", mortal)
    connection = mortal_connection(fate)

    @event.listens_for(Engine, "do_connect")
    def connect(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        options["factory"] = connection


def watch_recovery() -> None:
    """Know when a transfer is taken on that somebody else has left, be it by the worker or by a repeated call."""
    take_on = Transfers.take_on

    async def watched(transfers: Transfers, due: Any) -> int:
        token = _recovering.set(True)
        try:
            return await take_on(transfers, due)
        finally:
            _recovering.reset(token)

    replace_method(Transfers, "take_on", watched)


# ── a life ──


def live(life: dict[str, Any]) -> None:
    """Serve until killed. What goes wrong is in the log file of the data folder."""
    log = os.open(life["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    fate = Fate(die, Random(life["seed"]))
    fate.arm(life["point"], life["nth"])
    clock = AheadClock(life["ahead"])
    clock.install()
    worker.RECOVER_EVERY = worker.HEAR_EVERY = worker.RELEASE_EVERY = ROUND_EVERY
    make_processor_mortal(fate)
    make_store_mortal(fate)
    watch_recovery()
    if life["wrong"]:
        WRONG[life["wrong"]]()
    threading.Thread(target=_obey, args=(fate, clock), daemon=True).start()
    arguments = ["serve", "--http", "--port", str(life["port"]), "--data", life["folder"], "--toolsets", "all"]
    cli.main(arguments, standalone_mode=False)


def _obey(fate: Fate, clock: AheadClock) -> None:
    while True:
        order = next_line()
        if "ahead" in order:
            clock.seconds = order["ahead"]
        if "point" in order:
            fate.arm(order["point"], order["nth"])


def warm_up() -> None:
    """What every server does alike: late imports, and the models of all tools."""
    for late in ("flint_server.serving.serve", "uvicorn.lifespan.on", "uvicorn.protocols.http.auto"):
        import_module(late)
    server.listed = cache(server.listed)
    for tool in ALL_TOOLS:
        tool.model_rebuild()
        tool.result.model_rebuild()


def main() -> None:
    warm_up()
    while True:
        life = next_line()
        if "folder" not in life:
            continue  # it was for a server that had died by then
        process = os.fork()
        if process == 0:
            try:
                live(life)
            except BaseException:
                traceback.print_exc()  # into the shop's log
            sys.stderr.flush()
            os._exit(1)  # a server that ends by itself has failed
        tell(born=process)
        _, status = os.waitpid(process, 0)
        tell(died=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
