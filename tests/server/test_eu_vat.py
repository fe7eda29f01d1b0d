"""`flint tax import-eu-vat`: Europe's rates out of the real table, brought up to date as often as it is asked."""

import re
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import eu_vat_rates_data
import pytest

from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.commands.tax_import import ImportTaxRates, TableRate
from flint_domain.kernel.addresses import Address
from flint_domain.queries.tax import ListTaxRates
from flint_server.tax_rates.eu_vat import SOURCE, Table, table
from tests.journeys.house import PRO_PLAN, House, opened, total
from tests.server.running import call, flint, flint_beside, served

UNION = [
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., list[str]]:
    """The lines that the command prints; it must work."""

    def run(*arguments: str) -> list[str]:
        result = flint("tax", "import-eu-vat", "--data", tmp_path, *arguments)
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    return run


def command(given: Table, *, inclusive: bool = True) -> ImportTaxRates:
    return ImportTaxRates(source=SOURCE, countries=given.countries, rates=given.rates, inclusive=inclusive)


def finland(standard: str, *reduced: tuple[str, str]) -> Table:
    """A table of one country, as the newspapers of a year would have it."""
    rows = (TableRate(country="FI", name="VAT FI", percent=Decimal(standard)),)
    others = tuple(TableRate(country="FI", category=c, name="VAT FI", percent=Decimal(p)) for c, p in reduced)
    return Table("2026-11-23", ("FI",), rows + others)


async def rates(house: House, country: str = "FI") -> list[dict[str, Any]]:
    return (await house.ask(ListTaxRates(country=country, limit=100)))["taxRates"]


async def sold_to(house: House, country: str) -> dict[str, Any]:
    return await house.do(CreateOrder(lines=(PRO_PLAN,), shipping_address=Address(country=country)))


# ── the table ──


def test_the_help_names_the_categories_that_france_gets() -> None:
    said = " ".join(flint("tax", "import-eu-vat", "--help").output.split())
    named = re.findall(r"reduced_[\d.]*\d", said)
    categories = {rate.category for rate in table(("FR",)).rates}
    assert len(named) == 2
    assert {*named, "super_reduced"} <= categories
    assert "reduced" not in categories
    assert "there is no plain reduced" in said


def test_the_table_has_every_member_of_the_union_with_one_general_rate() -> None:
    whole = table()
    assert sorted(whole.countries) == UNION
    general = {rate.country: rate.percent for rate in whole.rates if rate.category is None}
    assert sorted(general) == UNION
    assert all(Decimal(15) <= percent <= Decimal(30) for percent in general.values())  # 15 is the directive's least
    assert len({(rate.country, rate.category) for rate in whole.rates}) == len(whole.rates)


def test_percentages_are_those_of_the_table_to_the_last_digit() -> None:
    data = eu_vat_rates_data.get_all_rates()
    for rate in table().rates:
        row = data[rate.country]
        written = [row["standard"], *row["reduced"], row["super_reduced"], row["parking"]]
        assert float(rate.percent) in written
        assert str(rate.percent) == str(rate.percent.normalize()) or rate.percent % 10 == 0
    assert table(["FI"]).rates[0].percent == Decimal(repr(data["FI"]["standard"]))


def test_one_reduced_rate_is_the_category_reduced_and_several_are_told_apart() -> None:
    data = eu_vat_rates_data.get_all_rates()
    for country in UNION:
        reduced = data[country]["reduced"]
        categories = [r.category for r in table([country]).rates if (r.category or "").startswith("reduced")]
        expected = ["reduced"] if len(reduced) == 1 else [f"reduced_{percent:g}" for percent in reduced]
        assert categories == expected


# ── the import ──


async def test_an_order_to_a_country_of_the_table_holds_its_vat(house: House) -> None:
    await house.do(command(table(["DE"])))
    percent = eu_vat_rates_data.get_all_rates()["DE"]["standard"]
    order = await house.read((await sold_to(house, "DE"))["orderId"])
    [vat] = order["taxes"]
    assert (vat["name"], vat["ratePercent"], total(order)) == ("VAT DE", f"{percent:g}", 9_900)


async def test_additive_rates_come_on_top(house: House) -> None:
    await house.do(command(finland("25.5"), inclusive=False))
    assert total(await sold_to(house, "FI")) == 12_425  # 25.5 % of 99.00 is 25.245


async def test_importing_again_changes_nothing(house: House) -> None:
    first = await house.do(command(table()))
    assert len(first["changes"]) == len(table().rates)
    before = house.contents()
    house.clock.passes(timedelta(days=1))
    assert await house.do(command(table())) == {"changes": [], "warnings": []}
    assert house.contents() == before


async def test_a_rate_that_changed_ends_and_a_new_one_begins_at_the_same_moment(house: House) -> None:
    await house.do(command(finland("24", ("reduced", "14"))))
    old = await sold_to(house, "FI")
    house.clock.passes(timedelta(days=1))
    done = await house.do(command(finland("25.5", ("reduced", "14"))))
    assert done == {"changes": ["FI general 25.5 %: was 24 %"], "warnings": []}
    former, reduced, present = await rates(house)
    assert former["validUntil"] == present["validFrom"] == "2026-11-24T12:00:00Z"
    assert (former["ratePercent"], present["ratePercent"]) == ("24", "25.5")
    assert "validUntil" not in reduced
    new = await sold_to(house, "FI")
    assert [(await house.read(order["orderId"]))["taxes"][0]["ratePercent"] for order in (old, new)] == ["24", "25.5"]


async def test_a_rate_that_left_the_table_ends(house: House) -> None:
    await house.do(command(finland("24", ("reduced", "14"), ("parking", "12"))))
    house.clock.passes(timedelta(days=1))
    done = await house.do(command(finland("24", ("reduced_10", "10"), ("reduced_14", "14"))))
    assert done["changes"] == [
        "FI reduced 14 %: ended",
        "FI parking 12 %: ended",
        "FI reduced_10 10 %: new",
        "FI reduced_14 14 %: new",
    ]


async def test_other_countries_and_the_merchants_own_rates_are_left_alone(house: House) -> None:
    await house.do(command(table(["DE", "AT"])))
    own = await house.do(SaveTaxRate(rate_name="Own", percent=Decimal(1), country="FI", category="wood"))
    await house.do(command(finland("24")))
    await house.do(command(finland("25.5")))
    stored = (await house.ask(ListTaxRates(limit=100)))["taxRates"]
    assert own["taxRate"] in stored
    assert [rate for rate in stored if "validUntil" in rate and rate["country"] != "FI"] == []


async def test_a_rate_that_the_merchant_switched_off_stays_off(house: House) -> None:
    await house.do(command(finland("24", ("reduced", "14"))))
    reduced = (await rates(house))[1]
    await house.do(SaveTaxRate(tax_rate_id=reduced["taxRateId"], active=False))
    assert (await house.do(command(finland("24", ("reduced", "10")))))["changes"] == []
    assert (await house.do(command(finland("24"))))["changes"] == []


async def test_a_rate_of_the_merchants_own_for_the_same_place_is_warned_of(house: House) -> None:
    own = await house.do(SaveTaxRate(rate_name="Own", percent=Decimal(24), country="FI"))
    own_id = own["taxRate"]["taxRateId"]
    done = await house.do(command(finland("24")))
    assert done["warnings"] == [f"FI: {own_id} covers the same place, category and time: the rates add up"]


async def test_turning_inclusive_prices_into_additive_ones_is_a_change(house: House) -> None:
    await house.do(command(finland("24")))
    house.clock.passes(timedelta(seconds=1))
    assert (await house.do(command(finland("24"), inclusive=False)))["changes"] == [
        "FI general 24 %: on top of prices now"
    ]
    assert [rate["inclusive"] for rate in await rates(house)] == [True, False]


async def test_a_dry_run_says_what_would_change_and_leaves_it(house: House) -> None:
    await house.do(command(finland("24")))
    before = house.contents()
    done = await house.do(command(finland("25.5")), dry_run=True)
    assert done["changes"] == ["FI general 25.5 %: was 24 %"]
    assert house.contents() == before


# ── the command ──


def test_the_command_says_what_it_did_and_that_nothing_is_left_to_do(imported: Callable[..., list[str]]) -> None:
    data = eu_vat_rates_data.get_all_rates()["DE"]
    assert data["reduced"] == [7.0]
    tail = f"; the table is of {eu_vat_rates_data.data_version}, with 2 rates."
    expected = [f"DE general {data['standard']:g} %: new", "DE reduced 7 %: new"]
    assert imported("--countries", " de,", "--dry-run") == [*expected, f"2 changes, not made{tail}"]
    assert imported("--countries", "DE") == [*expected, f"2 changes{tail}"]
    assert imported("--countries", "DE") == [f"0 changes{tail}"]
    assert imported("--countries", "DE", "--additive")[-1] == f"2 changes{tail}"


async def test_a_running_server_taxes_by_what_was_imported_beside_it(tmp_path: Path) -> None:
    async with served(tmp_path, "--toolsets", "all") as client:
        result = await flint_beside("tax", "import-eu-vat", "--data", tmp_path, "--countries", "DE", "--additive")
        assert result.exit_code == 0, result.output
        listed = await call(client, "list_tax_rates", country="DE")
    assert [rate["source"] for rate in listed["taxRates"]] == ["eu-vat", "eu-vat"]


def test_a_country_that_the_table_lacks_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    result = flint("tax", "import-eu-vat", "--data", tmp_path / "shop", "--countries", "DE,US,XI")
    assert result.exit_code == 2
    assert "no VAT rates of US, XI; have: AD, AL, AT" in result.output
    assert not (tmp_path / "shop").exists()


def test_without_the_package_the_command_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "eu_vat_rates_data", None)
    result = flint("tax", "import-eu-vat", "--data", tmp_path / "shop")
    assert result.exit_code == 1
    assert result.output == (
        "Error: The table of VAT rates is not installed.\n"
        "Install it with: pip install eu-vat-rates-data (or Flint with its extra eu-vat)\n"
    )
    assert not (tmp_path / "shop").exists()


def test_a_dry_run_leaves_no_byte_behind(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    command = ("tax", "import-eu-vat", "--data", shop, "--countries", "DE")
    assert flint(*command, "--dry-run").exit_code == 0
    assert not shop.exists()
    assert flint(*command).exit_code == 0
    before = {file: file.read_bytes() for file in shop.iterdir()}
    again = flint(*command, "--additive", "--dry-run")
    assert (again.exit_code, "2 changes, not made" in again.output) == (0, True)
    assert {file: file.read_bytes() for file in shop.iterdir()} == before
