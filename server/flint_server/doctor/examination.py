"""Is this installation sound, and if not, what is wrong?"""

import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import click

from flint_server.settings import STRIPE_RETURN_URL, STRIPE_WEBHOOK_SECRET, Settings

OLDEST_PYTHON = (3, 11)
PACKAGES = ("flint-orders", "mcp", "pydantic", "sqlalchemy", "aiosqlite", "stripe", "anyio")

Verdict = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. hint says what to do when it is not ok."""

    verdict: Verdict
    text: str
    hint: str | None = None


async def examine(settings: Settings) -> list[Finding]:
    """Look at Python, the packages, the data, the processor and a call over MCP; none of it changes an order."""
    findings = [_python(), *_packages()]
    for check in _CHECKS:
        try:
            findings += await check(settings)
        except Exception as error:
            said = getattr(error, "message", str(error))
            findings.append(Finding("wrong", f"{check.__name__.strip('_')}: {said}", getattr(error, "hint", None)))
    return findings


def report(findings: list[Finding]) -> int:
    """Print the findings; the exit code is 1 when something is wrong."""
    signs = {"ok": "ok     ", "warning": "warning", "wrong": "WRONG  "}
    for finding in findings:
        click.echo(f"{signs[finding.verdict]}  {finding.text}")
        if finding.hint and finding.verdict != "ok":
            click.echo(f"         {finding.hint}")
    wrong = sum(finding.verdict == "wrong" for finding in findings)
    click.echo(f"{wrong} wrong." if wrong else "Flint is ready.")
    return 1 if wrong else 0


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Finding("wrong", f"Python {found}", "Flint needs Python 3.11 or newer.")
    return Finding("ok", f"Python {found}")


def _packages() -> list[Finding]:
    findings: list[Finding] = []
    for name in PACKAGES:
        try:
            findings.append(Finding("ok", f"{name} {version(name)}"))
        except PackageNotFoundError:
            findings.append(
                Finding("wrong", f"{name} is not installed", "Run the README's installation command again.")
            )
    return findings


async def _data(settings: Settings) -> list[Finding]:
    """The folder takes a data file; the one in it opens, is sound, belongs to this version, and is nobody else's on an
    SQLite that cannot share."""
    from flint_server.db.sqlite.health import storage_health

    place = _place(settings)
    if not settings.database.exists():
        if all(finding.verdict != "wrong" for finding in place):
            place.append(Finding("ok", f"no data yet: {settings.database} is made when the server starts"))
        return place
    health = storage_health(settings.database)
    findings = [*place, Finding("ok", f"SQLite {health.sqlite_version}")]
    if health.warning:
        findings.append(Finding("warning", health.warning))
    return [*findings, await _file(settings.database)]


async def _file(database: Path) -> Finding:
    from flint_server.clock import SystemClock
    from flint_server.db import DEFAULT_MERCHANT_ID, open_store
    from flint_server.db.sqlite.health import damage
    from flint_server.db.sqlite.opening import REVISION, require_database, stored_revision

    require_database(database)
    if hurt := damage(database):
        hint = "Stop the server and restore the data file from a backup."
        return Finding("wrong", f"data: {database} is damaged: {hurt}", hint)
    stored = stored_revision(database)
    if stored not in ("", REVISION):  # an examination changes nothing; what a newer file is refused with comes at once
        from flint_server.db.migrations.upgrade import require_known

        require_known(database, stored, REVISION)
        return Finding(
            "ok", f"data: {database} is of an older Flint ({stored}): the next start copies it and brings it up to date"
        )
    async with open_store(database, SystemClock()) as store:
        rates = await store.read(DEFAULT_MERCHANT_ID, lambda tx: len(tx.tax_rates()))
        currency = await store.rehearse(DEFAULT_MERCHANT_ID, lambda tx: tx.currency)  # with the writer's lock
    return Finding("ok", f"data: {database}, currency {currency}, {rates} tax rates")


def _place(settings: Settings) -> list[Finding]:
    """What is wrong with where the data is, or will be; found out by making a data file there for a moment."""
    from flint_server.doctor.disks import network_of, sync_of

    choose = "name another folder with --data or FLINT_DATA."
    nearest = next(path for path in (settings.folder, *settings.folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        return [Finding("wrong", f"data: {nearest} is not a folder", f"N{choose[1:]}")]
    if not os.access(nearest, os.W_OK | os.X_OK):
        text = f"data: the folder {nearest} is not writable for this user"
        return [Finding("wrong", text, f"Make it writable, or {choose}")]
    if failure := _failure_of_a_trial(nearest):
        return [Finding("wrong", f"data: no data file can be kept in {nearest}: {failure}", f"N{choose[1:]}")]
    findings: list[Finding] = []
    if kind := network_of(nearest):
        findings.append(
            Finding(
                "warning",
                f"data: {nearest} is on a network share ({kind})",
                f"SQLite's locks and log need a disk of this machine, and a share can damage the file: {choose}",
            )
        )
    if name := sync_of(settings.folder):
        findings.append(
            Finding(
                "warning",
                f"data: {settings.folder} is in {name}, which a cloud program copies while it is written",
                f"The copies are not whole and can come back over the file: {choose}",
            )
        )
    return findings


def _failure_of_a_trial(folder: Path) -> str | None:
    """Why a data file cannot be made, written and read in this folder; None when it can. Nothing is left behind."""
    from tempfile import TemporaryDirectory

    from flint_server.clock import SystemClock
    from flint_server.db import StorageFault, open_store

    try:
        with TemporaryDirectory(prefix=".flint-doctor-", dir=folder) as trial:
            open_store(Path(trial) / "flint.db", SystemClock()).close_now()
    except OSError as error:
        return error.strerror or str(error)
    except StorageFault as fault:
        return fault.message
    return None


async def _books(settings: Settings) -> list[Finding]:
    """The orders' file and the simulator's ledger are both there and say the same."""
    from flint_server.doctor.two_books import compare

    database, ledger = settings.database, settings.ledger
    if settings.stripe_key is not None or not (database.exists() or ledger.exists()):
        return []
    try:
        compared = compare(database, ledger)
    except sqlite3.Error:
        return []  # the checks of the files have said so
    if not compared.payments:
        return []
    whole = "Restore both files from one backup; until then captures, voids and refunds are declined."
    for missing, other in ((ledger, database), (database, ledger)):
        if not missing.exists():
            text = f"books: {missing} is missing, and {other} knows of {_payments(compared.payments)}"
            return [Finding("wrong", text, whole)]
    if not compared.differences:
        return [Finding("ok", f"books: {_payments(compared.payments)}, the same in both")]
    first = compared.differences[0]
    (taken, given), (their_taken, their_given) = first.here, first.there
    told = f"{first.payment_id} has {taken} taken and {given} given back here, {their_taken} and {their_given} there"
    text = f"books: {_payments(len(compared.differences))} of {compared.payments} differ from the simulator's: {told}"
    return [Finding("wrong", text, whole)]


def _payments(count: int) -> str:
    return "1 payment" if count == 1 else f"{count} payments"


async def _processor(settings: Settings) -> list[Finding]:
    """Whose money is moved; for the simulated processor, that its ledger opens and no forgotten fault is on."""
    if settings.stripe_key is not None:
        return _stripe(settings, settings.stripe_key)
    from flint_server.clock import SystemClock
    from flint_server.db.sqlite.health import storage_health
    from flint_server.processors.simulated.processor import SimulatedProcessor

    text = "payments: simulated, no real money moves"
    if not settings.ledger.exists():
        return [Finding("ok", text)]
    findings = [Finding("ok", text)]
    if warning := storage_health(settings.ledger).warning:
        findings.append(Finding("warning", warning))
    async with SimulatedProcessor(settings.ledger, clock=SystemClock()) as processor:
        faults = await processor.faults()
    if faults:
        left_on = "1 fault is on" if len(faults) == 1 else f"{len(faults)} faults are on"
        findings.append(Finding("warning", left_on, "flint simulator clear switches them off."))
    return findings


def _stripe(settings: Settings, key: str) -> list[Finding]:
    """Stripe's key is of use, and Stripe's later answers can arrive."""
    from flint_server.processors.stripe.keys import StripeKey

    live = StripeKey.parse(key).livemode
    findings = [Finding("ok", "payments: LIVE, real money moves" if live else "payments: Stripe's test mode")]
    if not settings.stripe_webhook_secrets:
        hint = f"Set {STRIPE_WEBHOOK_SECRET}; until then late answers are only found by asking, every few minutes."
        findings.append(Finding("warning", "no secret for Stripe's webhooks", hint))
    if settings.stripe_return_url is None:
        hint = f"Set {STRIPE_RETURN_URL} to where buyers come back to; until then their cards' approval is declined."
        findings.append(Finding("warning", "no return address for buyers who must approve a payment", hint))
    return findings


async def _mcp(_settings: Settings) -> list[Finding]:
    """A server on a temporary folder answers a client."""
    from tempfile import TemporaryDirectory

    from mcp import Client

    from flint_server.composition import open_application

    with TemporaryDirectory(prefix="flint-doctor-") as folder:
        async with open_application(Settings(folder=Path(folder))) as application, Client(application.server) as client:
            listed = await client.list_tools()
            answer = await client.call_tool("search_orders", {})
    if answer.is_error:
        return [Finding("wrong", "MCP: a call on an empty database failed", str(answer.content))]
    return [Finding("ok", f"MCP: {len(listed.tools)} tools answer")]


async def _taxes(settings: Settings) -> list[Finding]:
    """Who works taxes out."""
    from flint_server.clock import SystemClock
    from flint_server.processors.choice import tax_service_of

    service = tax_service_of(settings, SystemClock())
    return [] if service is None else [Finding("ok", f"taxes: {service.name}, for orders with a shipping address")]


_CHECKS: tuple[Callable[[Settings], Awaitable[list[Finding]]], ...] = (_data, _processor, _books, _taxes, _mcp)
