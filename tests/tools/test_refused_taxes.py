"""Tax rates of jurisdictions that cannot be, and what an agent reads of them."""

from typing import Any

import pytest

from tests.tools.agent import Agent
from tests.tools.refusals import ORDERS_TO_A_MODEL, Refusal, check, parameters

Furnished = tuple[Agent, dict[str, str]]

NEW: dict[str, Any] = {"name": "VAT", "ratePercent": 19}


def saved(**fields: Any) -> dict[str, Any]:
    """save_tax_rate's arguments for a good new rate, and these."""
    return {**NEW, **fields}


def limited(param: str, value: Any) -> Refusal:
    """A limit that needs a country, without one."""
    return Refusal(
        of=f"{param} without a country",
        tool="save_tax_rate",
        arguments=saved(**{param: value}),
        param=param,
        message=f"{param} is for a rate of a jurisdiction, and this one has no country.",
        hint=f"give the country where it applies, in two letters, or leave {param} out",
    )


RATES = (
    limited("region", "CA"),
    limited("postalPrefixes", ["90"]),
    limited("taxCategory", "books"),
    limited("validFrom", "2027-01-01T00:00:00Z"),
    limited("validUntil", "2027-01-01T00:00:00Z"),
    Refusal(
        of="a default for one country",
        tool="save_tax_rate",
        arguments=saved(country="DE", default=True),
        param="default",
        message="The default is for orders that no jurisdiction's rate is for, and this rate is DE's.",
        hint="set default to false, or leave country out",
    ),
    Refusal(
        of="a rate that ends when it begins",
        tool="save_tax_rate",
        arguments=saved(country="DE", validFrom="2027-01-01T01:00:00+01:00", validUntil="2027-01-01T00:00:00Z"),
        param="validUntil",
        message="The rate would end on 2027-01-01 00:00 UTC, and begin on 2027-01-01 00:00 UTC.",
        hint="give a validUntil after validFrom",
    ),
    Refusal(
        of="a country's name",
        tool="save_tax_rate",
        arguments=saved(country="Germany"),
        param="country",
        message='"Germany" is not a country (in country).',
        hint='use two capital letters of ISO 3166, such as "US"',
    ),
    Refusal(
        of="a country in small letters",
        tool="list_tax_rates",
        arguments={"country": "de"},
        param="country",
        message='"de" is not a country (in country).',
        hint='use two capital letters of ISO 3166, such as "US"',
    ),
    Refusal(
        of="a prefix of no letter or digit",
        tool="save_tax_rate",
        arguments=saved(country="US", postalPrefixes=["902", "*-"]),
        param="postalPrefixes.1",
        message='"*-" begins no postcode (in postalPrefixes.1).',
        hint='send letters and digits, such as "902" or "SW1"',
    ),
    Refusal(
        of="a prefix that is a text",
        tool="save_tax_rate",
        arguments=saved(country="US", postalPrefixes=["9" * 13]),
        param="postalPrefixes.0",
        message="postalPrefixes.0 has 13 characters.",
        hint="use at most 12",
    ),
    Refusal(
        of="a region that speaks to the model",
        tool="save_tax_rate",
        arguments=saved(country="US", region=ORDERS_TO_A_MODEL),
        param="region",
        message="There is U+001B (ESCAPE) at character 55 of region.",
        hint="send plain text without control characters",
    ),
    Refusal(
        of="a category with blanks",
        tool="save_tax_rate",
        arguments=saved(country="US", taxCategory="children's books"),
        param="taxCategory",
        message='"children\'s books" is not a tax category (in taxCategory).',
        hint="use 1 to 64 letters, digits, '_', '-' or '.'",
    ),
    Refusal(
        of="a day for a moment",
        tool="save_tax_rate",
        arguments=saved(country="US", validFrom="2027-01-01"),
        param="validFrom",
        message='The time "2027-01-01" has no time zone (in validFrom).',
        hint='send ISO 8601 with a time zone, such as "2026-12-31T23:59:59Z"',
    ),
    Refusal(
        of="a cursor of another list",
        tool="list_tax_rates",
        arguments={"cursor": "<open>"},
        param="cursor",
        message="The cursor is not one that a page ended with.",
        hint="pass nextCursor of the page before as it is, or leave it out",
    ),
)


@pytest.mark.parametrize("refusal", parameters(RATES))
async def test_rates_of_jurisdictions_that_make_no_sense_are_refused(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)


async def test_the_shops_default_cannot_be_given_a_country(furnished: Furnished) -> None:
    agent, _ = furnished
    [default] = (await agent.call("list_tax_rates"))["taxRates"]
    error = await agent.error("save_tax_rate", taxRateId=default["taxRateId"], country="DE")
    assert (error["param"], error["hint"]) == ("default", "set default to false, or leave country out")
