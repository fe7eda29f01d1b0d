"""`flint tax`: rates out of tables that others keep."""

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flint_server.places import default_folder
from flint_server.settings import Settings

if TYPE_CHECKING:
    from flint_server.tax_rates.eu_vat import Table

OPERATOR = "operator"  # who did it, beside agents and the processor


def _codes(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(code.strip().upper() for code in (value or "").split(",") if code.strip())


@click.group()
def tax() -> None:
    """Tax rates."""


@tax.command("import-eu-vat")
@click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path),
    envvar="FLINT_DATA",
    default=None,
    help="The same data folder as the server's.",
)
@click.option(
    "--countries", callback=_codes, default=None, help="Such as DE,FR. Default: the European Union's members."
)
@click.option(
    "--inclusive/--additive",
    default=True,
    show_default=True,
    help="Whether prices hold the tax, as consumers see them.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def import_eu_vat(folder: Path | None, countries: tuple[str, ...], inclusive: bool, dry_run: bool) -> None:
    """Save Europe's VAT rates as tax rates, or bring them up to date.

    Each country gets its standard rate, and the others for the tax categories reduced, super_reduced and parking.
    Where it has several reduced rates, as France has, each has its percentage in its category (reduced_5.5,
    reduced_10), and there is no plain reduced. A rate that has changed since the last time ends now, and a new one
    begins. A running server takes them at once.
    """
    from flint_server.cli.copies import on_a_copy
    from flint_server.cli.run import run
    from flint_server.tax_rates.eu_vat import NotInstalled, UnknownCountries, table

    try:
        chosen = table(countries)
    except NotInstalled:
        raise click.ClickException(
            "The table of VAT rates is not installed.\n"
            "Install it with: pip install eu-vat-rates-data (or Flint with its extra eu-vat)"
        ) from None
    except UnknownCountries as unknown:
        raise click.BadParameter(str(unknown), param_hint="--countries") from None
    settings = Settings(folder=(folder or default_folder()).expanduser()).with_environment()
    with on_a_copy(settings) if dry_run else nullcontext(settings) as used:
        run(partial(bring_up_to_date, used, chosen, inclusive=inclusive, dry_run=dry_run))


async def bring_up_to_date(settings: Settings, chosen: "Table", *, inclusive: bool, dry_run: bool) -> None:
    """Import the table and print what changed."""
    from flint_domain.commands.tax_import import ImportTaxRates
    from flint_domain.engine.flint import Call
    from flint_server.composition import open_application
    from flint_server.tax_rates.eu_vat import SOURCE

    command = ImportTaxRates(source=SOURCE, countries=chosen.countries, rates=chosen.rates, inclusive=inclusive)
    async with open_application(settings) as application:
        done = await application.flint.execute(command, Call(actor=OPERATOR, dry_run=dry_run))
    for change in done["changes"]:
        click.echo(change)
    for warning in done["warnings"]:
        click.echo(f"warning: {warning}", err=True)
    count = len(done["changes"])
    changes = f"{count} {'change' if count == 1 else 'changes'}{', not made' if dry_run and count else ''}"
    click.echo(f"{changes}; the table is of {chosen.of}, with {len(chosen.rates)} rates.")
