"""Where and when a rate applies, which rates a line of an order gets, and what a rate must not be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.order.tax.model import Tax
from flint_domain.tax_rates.model import Jurisdiction, TaxRate

Level = Literal["country", "region", "postal"]
LEVELS: tuple[Level, ...] = ("country", "region", "postal")

MAX_PREFIXES = 200  # the United States' most populous state has fewer three-digit areas than that


@dataclass(frozen=True, slots=True)
class Place:
    """What of an address decides about its taxes, written so that equal places are equal values."""

    country: str
    region: str | None
    postal: str


def region_key(region: str | None) -> str | None:
    """A region as it is compared: without regard to case and to blanks around it."""
    return None if region is None else region.strip().casefold() or None


def postal_key(code: str | None) -> str:
    """A postcode as it is compared: its letters and digits, in capitals ("sw1a 1aa" is SW1A1AA)."""
    return "".join(character for character in code or "" if character.isalnum()).upper()


def place_of(address: Address | None) -> Place | None:
    if address is None:
        return None
    return Place(address.country, region_key(address.region), postal_key(address.postal_code))


def level_of(jurisdiction: Jurisdiction) -> Level:
    """How small the place is that the rate is for."""
    if jurisdiction.postal_prefixes:
        return "postal"
    return "country" if jurisdiction.region is None else "region"


def holds(jurisdiction: Jurisdiction, place: Place) -> bool:
    """Whether the place lies in the jurisdiction."""
    prefixes = jurisdiction.postal_prefixes
    return (
        jurisdiction.country == place.country
        and (jurisdiction.region is None or region_key(jurisdiction.region) == place.region)
        and (not prefixes or place.postal.startswith(prefixes))
    )


def in_force(rate: TaxRate, now: datetime) -> bool:
    """Whether new orders may get the rate: switched on, begun, and not over."""
    begun = rate.valid_from is None or rate.valid_from <= now
    return rate.active and begun and (rate.valid_until is None or now < rate.valid_until)


def applying(rates: Iterable[TaxRate], place: Place, now: datetime) -> list[TaxRate]:
    """The jurisdictions' rates for an order to this place, as of now."""
    return [rate for rate in rates if rate.jurisdiction and holds(rate.jurisdiction, place) and in_force(rate, now)]


def taxes_of(rates: Sequence[TaxRate], category: str | None) -> tuple[Tax, ...]:
    """What a line of this category is taxed by, out of the rates that apply where it goes.

    The levels add up, as a state's tax and a district's do. Within one level the category's own rates take the place of
    the general ones.
    """
    chosen: list[TaxRate] = []
    for level in LEVELS:
        there = [rate for rate in rates if rate.jurisdiction and level_of(rate.jurisdiction) == level]
        own = [rate for rate in there if category is not None and rate.category == category]
        chosen += own or [rate for rate in there if rate.category is None]
    return tuple(rate.as_tax() for rate in chosen)


def check(rate: TaxRate) -> None:
    """Raise Refused("invalid_argument") for a rate that makes no sense."""
    place = rate.jurisdiction
    if place is None:
        limits = {"taxCategory": rate.category, "validFrom": rate.valid_from, "validUntil": rate.valid_until}
        for param in (name for name, value in limits.items() if value is not None):
            raise needs_country(param)
    elif rate.default:
        raise Refused(
            "invalid_argument",
            f"The default is for orders that no jurisdiction's rate is for, and this rate is {place.country}'s.",
            hint="set default to false, or leave country out",
            param="default",
        )
    if rate.valid_from is not None and rate.valid_until is not None and rate.valid_until <= rate.valid_from:
        raise Refused(
            "invalid_argument",
            f"The rate would end on {_instant(rate.valid_until)}, and begin on {_instant(rate.valid_from)}.",
            hint="give a validUntil after validFrom",
            param="validUntil",
        )


def needs_country(param: str) -> Refused:
    """The refusal of a limit that only a jurisdiction's rate can have."""
    return Refused(
        "invalid_argument",
        f"{param} is for a rate of a jurisdiction, and this one has no country.",
        hint=f"give the country where it applies, in two letters, or leave {param} out",
        param=param,
    )


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def adds_up(rate: TaxRate, other: TaxRate) -> bool:
    """Whether some line would get both, because neither level nor category keeps them apart."""
    a, b = rate.jurisdiction, other.jurisdiction
    if a is None or b is None or not (rate.active and other.active) or rate.category != other.category:
        return False
    return a.country == b.country and level_of(a) == level_of(b) and _meet(a, b) and _overlap(rate, other)


def _meet(a: Jurisdiction, b: Jurisdiction) -> bool:
    """Whether two places of one level have an address in common."""
    if a.region and b.region and region_key(a.region) != region_key(b.region):
        return False
    return not a.postal_prefixes or any(
        one.startswith(other) or other.startswith(one) for one in a.postal_prefixes for other in b.postal_prefixes
    )


def _overlap(a: TaxRate, b: TaxRate) -> bool:
    """Whether two rates are in force at the same time; an end belongs to neither."""
    return not any(
        first.valid_until is not None and second.valid_from is not None and first.valid_until <= second.valid_from
        for first, second in ((a, b), (b, a))
    )
