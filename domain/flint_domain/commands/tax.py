"""Create or change a tax rate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from flint_domain.commands.shown import beside
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.telling import Told
from flint_domain.tax_rates import rules
from flint_domain.tax_rates.model import Jurisdiction, TaxRate
from flint_domain.tax_rates.views import tax_rate_view
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work, not_found

MOST_NAMED = 3  # rates that one warning names


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRateRef(Ref):
    """A tax rate, with what the command has to say beside it."""

    tax_rate_id: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveTaxRate:
    """A new rate, or, with tax_rate_id, new values for one. Orders keep the rate they were priced with.

    A rate that becomes the default takes the place of the one before: a second default would tax every line twice. An
    empty region, category, date or list of prefixes takes that limit away; an empty country all of them.
    """

    name: ClassVar[str] = "save_tax_rate"
    ref: ClassVar[type[Ref]] = TaxRateRef
    tax_rate_id: Told[str | None] = None
    rate_name: Told[str | None] = None
    percent: Told[Decimal | None] = None
    inclusive: Told[bool | None] = None
    default: Told[bool | None] = None
    active: Told[bool | None] = None
    country: Told[str | None] = None
    region: Told[str | None] = None
    postal_prefixes: Told[tuple[str, ...] | None] = None
    category: Told[str | None] = None
    valid_from: Told[datetime | Literal[""] | None] = None
    valid_until: Told[datetime | Literal[""] | None] = None

    def change(self, work: Work) -> TaxRateRef:
        before = self._before(work)
        rate = self._limited(self._named(before))
        if self.default and not rate.active:
            raise Refused(
                "tax_rate_inactive",
                "A rate that is switched off cannot be the default.",
                hint="leave default out, or set active to true",
                param="default",
            )
        rate = replace(rate, version=before.version + 1, default=rate.default and rate.active, updated_at=work.tx.now)
        rules.check(rate)
        warnings = (
            *self._take_over(work, rate),
            *added_to(rate, _neighbours(work, rate)),
            *self._without_effect(rate, work.tx.now),
        )
        if self.tax_rate_id is None:
            work.tx.add_tax_rate(rate)
        else:
            work.tx.save_tax_rate(rate)
        return TaxRateRef(tax_rate_id=rate.tax_rate_id, warnings=warnings)

    @staticmethod
    def show(tx: ReadTransaction, ref: TaxRateRef, caller: Caller) -> dict[str, Any]:
        rate = _present(tx, ref.tax_rate_id)
        return beside({"taxRate": tax_rate_view(rate).to_wire(keep_empty=False)}, ref.warnings)

    def _without_effect(self, rate: TaxRate, now: datetime) -> Iterator[str]:
        if rate.valid_until is not None and rate.valid_until <= now:
            yield f"the rate ended on {rate.valid_until:%Y-%m-%d %H:%M} UTC: no new order gets it"
        elif self.tax_rate_id is None and rate.jurisdiction is None and not rate.default:
            yield "no order gets this rate by itself: taxRateIds names it, default: true makes it everybody's"

    def _before(self, work: Work) -> TaxRate:
        """The rate to change; for a new one what it starts from."""
        if self.tax_rate_id is None:
            if self.rate_name is None or self.percent is None:
                raise Refused(
                    "invalid_argument",
                    "A new rate needs name and ratePercent.",
                    hint="give both, or the taxRateId of the rate to change",
                    param="name" if self.rate_name is None else "ratePercent",
                )
            return TaxRate(
                tax_rate_id=work.new_id("txr"),
                merchant_id=work.tx.merchant_id,
                version=0,
                name=self.rate_name,
                percent=self.percent,
                inclusive=False,
                default=False,
                active=True,
                created_at=work.tx.now,
                updated_at=work.tx.now,
            )
        return _present(work.tx, self.tax_rate_id)

    def _named(self, rate: TaxRate) -> TaxRate:
        return replace(
            rate,
            name=self.rate_name or rate.name,
            percent=rate.percent if self.percent is None else self.percent,
            inclusive=rate.inclusive if self.inclusive is None else self.inclusive,
            default=rate.default if self.default is None else self.default,
            active=rate.active if self.active is None else self.active,
        )

    def _limited(self, rate: TaxRate) -> TaxRate:
        """The rate with the place, the category and the dates that are asked for."""
        if self.country == "":
            rate = replace(rate, jurisdiction=None, category=None, valid_from=None, valid_until=None)
        return replace(
            rate,
            jurisdiction=self._place(rate.jurisdiction),
            category=rate.category if self.category is None else self.category or None,
            valid_from=rate.valid_from if self.valid_from is None else self.valid_from or None,
            valid_until=rate.valid_until if self.valid_until is None else self.valid_until or None,
        )

    def _place(self, before: Jurisdiction | None) -> Jurisdiction | None:
        """Another country starts without the regions and postcodes of the former one."""
        moved = self.country and (before is None or before.country != self.country)
        place = Jurisdiction(country=self.country) if self.country and moved else before
        if place is None:
            if self.region or self.postal_prefixes:
                raise rules.needs_country("region" if self.region else "postalPrefixes")
            return None
        prefixes = place.postal_prefixes if self.postal_prefixes is None else self.postal_prefixes
        return replace(
            place,
            region=place.region if self.region is None else self.region.strip() or None,
            postal_prefixes=tuple(dict.fromkeys(map(rules.postal_key, prefixes))),
        )

    def _take_over(self, work: Work, rate: TaxRate) -> tuple[str, ...]:
        former = work.tx.default_tax_rate()
        if not rate.default or former is None or former.tax_rate_id == rate.tax_rate_id:
            return ()
        work.tx.save_tax_rate(replace(former, default=False, version=former.version + 1, updated_at=work.tx.now))
        return (f"new orders start with this rate now instead of {former.tax_rate_id}",)


def _present(tx: ReadTransaction, tax_rate_id: str) -> TaxRate:
    rate = tx.tax_rate(tax_rate_id)
    if rate is None:
        raise not_found("tax rate", tax_rate_id, "taxRateId", "list_tax_rates shows the rates")
    return rate


def _neighbours(work: Work, rate: TaxRate) -> list[TaxRate]:
    return [] if rate.jurisdiction is None else work.tx.tax_rates(country=rate.jurisdiction.country)


def added_to(rate: TaxRate, others: Iterable[TaxRate]) -> tuple[str, ...]:
    """The warning that other rates are taken of the same lines; none when there are none."""
    same = [o.tax_rate_id for o in others if o.tax_rate_id != rate.tax_rate_id and rules.adds_up(rate, o)]
    if not same:
        return ()
    more = f" and {len(same) - MOST_NAMED} more" if len(same) > MOST_NAMED else ""
    cover = "covers" if len(same) == 1 else "cover"
    return (f"{', '.join(same[:MOST_NAMED])}{more} {cover} the same place, category and time: the rates add up",)
