"""`flint simulator`: what the buyer and the bank would do, and the faults of the wire."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flint_server.places import LEDGER_FILE, default_folder

if TYPE_CHECKING:
    from flint_server.processors.simulated.processor import SimulatedProcessor

MAX_AMOUNT = 10**12  # minor units, as flint_domain.kernel.money has it; importing that reads the table of currencies
MOST_TIMES = 10**9


def _storable(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """What a ledger can keep: a terminal passes on bytes that are no text as half characters."""
    from flint_domain.kernel.text import broken_character

    unfit = None if value is None else broken_character(value)
    if unfit is not None:
        raise click.BadParameter(f"{unfit.message} {unfit.hint.capitalize()}.")
    return value


@click.group()
@click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path),
    envvar="FLINT_DATA",
    default=None,
    help="The same data folder as the server's.",
)
@click.pass_context
def simulator(context: click.Context, folder: Path | None) -> None:
    """Play the buyer and the bank for the simulated processor; a running server hears of it within a second."""
    context.obj = (folder or default_folder()) / LEDGER_FILE


def _with_processor(ledger: Path, use: "Callable[[SimulatedProcessor], Awaitable[Any]]") -> Any:
    import sqlite3

    import anyio

    from flint_server.clock import SystemClock
    from flint_server.processors.simulated.processor import SimulatedProcessor
    from flint_server.processors.simulated.troubles import unusable
    from flint_server.processors.simulated.waiting import NothingWaiting

    if not ledger.exists():
        raise click.ClickException(f"There is no simulator here: {ledger} does not exist.\nStart flint serve first.")

    async def opened() -> Any:
        async with SimulatedProcessor(ledger, clock=SystemClock()) as processor:
            return await use(processor)

    try:
        return anyio.run(opened)
    except NothingWaiting as nothing:
        raise click.ClickException(f"{nothing}\nflint simulator waiting lists what waits.") from None
    except sqlite3.Error as error:
        raise unusable(ledger, error) from None
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from None


@simulator.command()
@click.pass_obj
def waiting(ledger: Path) -> None:
    """List the payments and methods that wait for the buyer, and the refunds that wait for the bank."""
    from flint_domain.kernel.money import format_money

    rows = _with_processor(ledger, lambda processor: processor.waiting())
    for row in rows:
        subject = row.refund_id or row.payment_id
        money = f" {format_money(row.amount, row.currency)}  {row.order_id}" if row.order_id else ""
        click.echo(f"{subject}  {row.waits_for}  {row.kind}{money}")
    if not rows:
        click.echo("Nothing waits.")


@simulator.command()
@click.argument("reference", callback=_storable)
@click.pass_obj
def complete(ledger: Path, reference: str) -> None:
    """Let what waits under REFERENCE (a payment's or refund's id) end well."""
    outcome = _with_processor(ledger, lambda processor: processor.complete(reference))
    click.echo(f"{reference}: {outcome.state}")


@simulator.command()
@click.argument("reference", callback=_storable)
@click.pass_obj
def fail(ledger: Path, reference: str) -> None:
    """Let what waits under REFERENCE end badly; a refund that succeeded can fail, too."""
    outcome = _with_processor(ledger, lambda processor: processor.fail(reference))
    click.echo(f"{reference}: {outcome.state}")


@simulator.command()
@click.argument("kind", type=click.Choice(["answer_lost", "error_500", "slow", "decline", "pending"]))
@click.option("--amount", type=click.IntRange(1, MAX_AMOUNT), default=None, help="Only calls of this many minor units.")
@click.option("--token", callback=_storable, default=None, help="Only charges of this source.")
@click.option(
    "--on", "transfer_kind", type=click.Choice(["authorize", "charge", "capture", "void", "refund", "attach", "detach"])
)
@click.option(
    "--times",
    type=click.IntRange(0, MOST_TIMES),
    default=1,
    show_default=True,
    help="How many calls it hits; 0 for all of them.",
)
@click.option(
    "--delay",
    type=click.FloatRange(0, 86_400),
    default=0.0,
    help="Seconds: how long slow takes; after how long pending ends well by itself.",
)
@click.option(
    "--code", callback=_storable, default="card_declined", show_default=True, help="The decline's code, for decline."
)
@click.pass_obj
def fault(  # noqa: PLR0917 - one parameter for each option
    ledger: Path,
    kind: Any,
    amount: int | None,
    token: str | None,
    transfer_kind: str | None,
    times: int,
    delay: float,
    code: str,
) -> None:
    """Switch a fault on for the next calls that match.

    answer_lost: the money moves and nobody hears. error_500: nothing moves and nobody hears. slow: takes --delay
    seconds. decline: a definite no. pending: no answer until you give one with complete or fail.
    """
    from flint_server.processors.simulated.faults import Fault

    if kind == "slow" and delay <= 0:
        raise click.UsageError("slow needs --delay, in seconds")
    if delay and kind not in {"slow", "pending"}:
        raise click.UsageError(f"--delay is for slow and pending; {kind} takes no time")
    try:
        wanted = Fault(
            kind=kind,
            amount=amount,
            token=token,
            transfer_kind=transfer_kind,
            times=times or None,
            delay_seconds=delay,
            code=code,
        )
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from None
    made = _with_processor(ledger, lambda processor: processor.set_fault(wanted))
    click.echo(f"fault {made.number} is on: {made.kind}")


@simulator.command()
@click.pass_obj
def faults(ledger: Path) -> None:
    """List the faults that are on."""
    rows = _with_processor(ledger, lambda processor: processor.faults())
    for row in rows:
        left = "every time" if row.times is None else f"{row.times} more"
        where = f"{row.transfer_kind or 'any call'}"
        where += f" of {row.amount} minor units" if row.amount else ""
        where += f" with {row.token}" if row.token else ""
        click.echo(f"{row.number}: {row.kind} on {where}, {left}")
    if not rows:
        click.echo("No fault is on.")


@simulator.command()
@click.pass_obj
def clear(ledger: Path) -> None:
    """Switch every fault off."""
    _with_processor(ledger, lambda processor: processor.clear_faults())
    click.echo("No fault is on.")


@simulator.command()
@click.pass_obj
def ledger(ledger: Path) -> None:
    """Print every movement of money as the processor keeps it."""
    from flint_domain.kernel.money import format_money

    for entry in _with_processor(ledger, lambda processor: processor.ledger()):
        sign = "+" if entry.amount > 0 else "-"
        money = f"{sign}{format_money(abs(entry.amount), entry.currency)}"
        click.echo(f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.kind}  {money}  {entry.payment_id}")
