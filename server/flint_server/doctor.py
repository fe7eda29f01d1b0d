"""`flint doctor`: is this installation sound, and if not, what is wrong?"""

import os
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
    """The data file opens, belongs to this version, and is nobody else's on an SQLite that cannot share."""
    from flint_server.clock import SystemClock
    from flint_server.db import DEFAULT_MERCHANT_ID, open_store
    from flint_server.db.health import storage_health

    if not settings.database.exists():
        return [_place_of_new_data(settings)]
    health = storage_health(settings.database)
    findings = [Finding("ok", f"SQLite {health.sqlite_version}")]
    if health.warning:
        findings.append(Finding("warning", health.warning))
    async with open_store(settings.database, SystemClock()) as store:
        rates = await store.read(DEFAULT_MERCHANT_ID, lambda tx: len(tx.tax_rates()))
        currency = await store.read(DEFAULT_MERCHANT_ID, lambda tx: tx.currency)
    findings.append(Finding("ok", f"data: {settings.database}, currency {currency}, {rates} tax rates"))
    return findings


def _place_of_new_data(settings: Settings) -> Finding:
    nearest = next(path for path in (settings.folder, *settings.folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        return Finding("wrong", f"data: {nearest} is not a folder", "Name another folder with --data or FLINT_DATA.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        hint = "Make it writable, or name another folder with --data or FLINT_DATA."
        return Finding("wrong", f"data: the folder {nearest} is not writable for this user", hint)
    return Finding("ok", f"no data yet: {settings.database} is made when the server starts")


async def _processor(settings: Settings) -> list[Finding]:
    """Whose money is moved; for the simulated processor, that its ledger opens and no forgotten fault is on."""
    if settings.stripe_key is not None:
        return _stripe(settings, settings.stripe_key)
    from flint_server.clock import SystemClock
    from flint_server.db.health import storage_health
    from flint_server.processors.simulated import SimulatedProcessor

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
    from flint_server.processors.stripe_keys import StripeKey

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


_CHECKS: tuple[Callable[[Settings], Awaitable[list[Finding]]], ...] = (_data, _processor, _taxes, _mcp)
