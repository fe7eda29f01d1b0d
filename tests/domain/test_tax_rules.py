"""Which rates a line gets: by where the order goes, what the line is, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.tax_rates import rules
from flint_domain.tax_rates.model import Jurisdiction, TaxRate
from flint_domain.tax_rates.rules import Place

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def rate(name: str, country: str = "US", region: str | None = None, *prefixes: str, **fields: object) -> TaxRate:
    made = TaxRate(
        tax_rate_id=f"txr_{name}",
        merchant_id="mer_1",
        version=1,
        name=name,
        percent=Decimal(1),
        inclusive=False,
        default=False,
        active=True,
        jurisdiction=Jurisdiction(country=country, region=region, postal_prefixes=prefixes),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **fields)


def place(country: str = "US", region: str | None = None, postcode: str | None = None) -> Place:
    found = rules.place_of(Address(country=country, region=region, postal_code=postcode))
    assert found is not None
    return found


def names(rates: list[TaxRate], at: Place, category: str | None = None, now: datetime = NOW) -> list[str]:
    """The rates that a line of this category gets there."""
    return [tax.name for tax in rules.taxes_of(rules.applying(rates, at, now), category)]


FEDERAL = rate("federal")
STATE = rate("state", "US", "CA")
COUNTY = rate("county", "US", "CA", "90", "91")
CITY = rate("city", "US", None, "902")
EVERYWHERE = [FEDERAL, STATE, COUNTY, CITY]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (place("US"), ["federal"]),
        (place("DE", "CA", "90210"), []),
        (place("US", "NY", "10001"), ["federal"]),
        (place("US", "CA"), ["federal", "state"]),
        (place("US", "CA", "94103"), ["federal", "state"]),
        (place("US", "CA", "91001"), ["federal", "state", "county"]),
        (place("US", "CA", "90210-1234"), ["federal", "state", "county", "city"]),
        (place("US", None, "90210"), ["federal", "city"]),
    ],
)
def test_country_region_and_postcode_add_up(at: Place, expected: list[str]) -> None:
    assert names(EVERYWHERE, at) == expected


@pytest.mark.parametrize("region", ["ca", "CA", " Ca "])
def test_a_region_is_compared_without_case(region: str) -> None:
    assert names([STATE], place("US", region)) == ["state"]


@pytest.mark.parametrize(
    ("postcode", "fits"),
    [("SW1A 1AA", True), ("sw1a1aa", True), ("SW 1A-1AA", True), ("SW2 1AA", False), ("S W1", True), (None, False)],
)
def test_a_postcode_is_compared_without_blanks_and_case(postcode: str | None, *, fits: bool) -> None:
    prefix = rules.postal_key("sw1")
    assert names([rate("london", "GB", None, prefix)], place("GB", None, postcode)) == ["london"] * fits


def test_a_category_takes_the_place_of_the_general_rate_on_its_own_level_only() -> None:
    rates = [*EVERYWHERE, rate("state food", "US", "CA", category="food"), rate("books", category="books")]
    here = place("US", "CA", "90210")
    assert names(rates, here, "food") == ["federal", "state food", "county", "city"]
    assert names(rates, here, "books") == ["books", "state", "county", "city"]
    assert names(rates, here, "shoes") == names(rates, here) == ["federal", "state", "county", "city"]


def test_a_rate_is_in_force_from_its_first_moment_until_before_its_end() -> None:
    old = rate("old", valid_until=NOW)
    new = rate("new", valid_from=NOW)
    assert names([old, new], place(), now=NOW - MOMENT) == ["old"]
    assert names([old, new], place(), now=NOW) == ["new"]


def test_a_rate_that_is_switched_off_applies_nowhere() -> None:
    assert names([replace(FEDERAL, active=False)], place()) == []


def test_a_rate_without_jurisdiction_is_no_places_rate() -> None:
    assert names([replace(FEDERAL, jurisdiction=None)], place()) == []


@pytest.mark.parametrize(
    ("other", "together"),
    [
        (rate("same"), True),
        (rate("another country", "DE"), False),
        (rate("another level", "US", "CA"), False),
        (rate("a category", category="food"), False),
        (replace(FEDERAL, active=False), False),
        (replace(FEDERAL, jurisdiction=None), False),
        (rate("before", valid_until=NOW), True),
    ],
)
def test_rates_of_one_level_category_and_time_add_up(other: TaxRate, *, together: bool) -> None:
    assert rules.adds_up(FEDERAL, other) is rules.adds_up(other, FEDERAL) is together


def test_rates_that_follow_each_other_do_not_add_up() -> None:
    old, new = rate("old", valid_until=NOW), rate("new", valid_from=NOW)
    assert not rules.adds_up(old, new)
    assert not rules.adds_up(new, old)
    assert rules.adds_up(replace(old, valid_until=NOW + MOMENT), new)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (rate("a", "US", "CA", "90"), rate("b", "US", "CA", "902"), True),
        (rate("a", "US", "CA", "90"), rate("b", "US", None, "9"), True),
        (rate("a", "US", "CA", "90"), rate("b", "US", "NY", "90"), False),
        (rate("a", "US", "CA", "90"), rate("b", "US", "CA", "91", "92"), False),
        (rate("a", "US", "ca"), rate("b", "US", "CA"), True),
        (rate("a", "US", "CA"), rate("b", "US", "NY"), False),
    ],
)
def test_places_that_share_an_address_add_up(one: TaxRate, other: TaxRate, *, together: bool) -> None:
    assert rules.adds_up(one, other) is rules.adds_up(other, one) is together


places = st.builds(place, st.sampled_from(["US", "DE"]), st.sampled_from([None, "CA", "ca", "NY"]), st.text("019 ab"))
moments = st.one_of(st.none(), st.integers(-2, 2).map(lambda days: NOW + timedelta(days=days)))
rates = st.builds(
    lambda country, region, prefixes, category, starts, ends, active: rate(
        "any", country, region, *prefixes, category=category, valid_from=starts, valid_until=ends, active=active
    ),
    st.sampled_from(["US", "DE"]),
    st.sampled_from([None, "CA", "NY"]),
    st.lists(st.text("019AB", min_size=1, max_size=2), max_size=2),
    st.sampled_from([None, "food"]),
    moments,
    moments,
    st.booleans(),
)


@given(one=rates, other=rates, at=places)
def test_whatever_two_rates_of_one_level_and_category_a_line_gets_was_warned_of(
    one: TaxRate, other: TaxRate, at: Place
) -> None:
    one, other = replace(one, name="one"), replace(other, name="other")
    both = set(names([one, other], at, one.category)) == {"one", "other"}
    levels = {rules.level_of(made.jurisdiction) for made in (one, other) if made.jurisdiction}
    if both and one.category == other.category and len(levels) == 1:
        assert rules.adds_up(one, other)


def test_a_rate_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        rules.check(rate("odd", valid_from=NOW, valid_until=NOW))
    assert (caught.value.code, caught.value.param) == ("invalid_argument", "validUntil")
    rules.check(rate("short", valid_from=NOW, valid_until=NOW + MOMENT))
