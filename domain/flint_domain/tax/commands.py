"""Create or change a tax rate."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from flint_domain.command import Shown
from flint_domain.kernel.errors import Refused
from flint_domain.tax.model import TaxRate
from flint_domain.work import Work, not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveTaxRate:
    """A new rate, or, with tax_rate_id, new values for one. Orders keep the rate they were priced with.

    A rate that becomes the default takes the place of the one before: a second default would tax every line twice.
    """

    name: ClassVar[str] = "save_tax_rate"
    tax_rate_id: str | None = None
    rate_name: str | None = None
    percent: Decimal | None = None
    inclusive: bool | None = None
    default: bool | None = None
    active: bool | None = None

    def change(self, work: Work) -> Shown:
        before = self._before(work)
        rate = TaxRate(
            tax_rate_id=before.tax_rate_id if before else work.new_id("txr"),
            merchant_id=work.tx.merchant_id,
            version=before.version + 1 if before else 1,
            name=self.rate_name or (before.name if before else ""),
            percent=self.percent if self.percent is not None else before.percent if before else Decimal(0),
            inclusive=self.inclusive if self.inclusive is not None else before is not None and before.inclusive,
            default=self.default if self.default is not None else before is not None and before.default,
            active=self.active if self.active is not None else before is None or before.active,
            created_at=before.created_at if before else work.tx.now,
            updated_at=work.tx.now,
        )
        if self.default and not rate.active:
            raise Refused(
                "tax_rate_inactive",
                "A rate that is switched off cannot be the default.",
                hint="leave default out, or set active to true",
                param="default",
            )
        rate = replace(rate, default=rate.default and rate.active)
        warnings = self._take_over(work, rate)
        if before:
            work.tx.save_tax_rate(rate)
        else:
            work.tx.add_tax_rate(rate)
        return Shown(kind="tax_rate", tax_rate_id=rate.tax_rate_id, warnings=warnings)

    def _before(self, work: Work) -> TaxRate | None:
        if self.tax_rate_id is None:
            if self.rate_name is None or self.percent is None:
                raise Refused(
                    "invalid_argument",
                    "A new rate needs name and ratePercent.",
                    hint="give both, or the taxRateId of the rate to change",
                    param="name" if self.rate_name is None else "ratePercent",
                )
            return None
        before = work.tx.tax_rate(self.tax_rate_id)
        if before is None:
            raise not_found("tax rate", self.tax_rate_id, "taxRateId", "list_tax_rates shows the rates")
        return before

    def _take_over(self, work: Work, rate: TaxRate) -> tuple[str, ...]:
        former = work.tx.default_tax_rate()
        if not rate.default or former is None or former.tax_rate_id == rate.tax_rate_id:
            return ()
        work.tx.save_tax_rate(replace(former, default=False, version=former.version + 1, updated_at=work.tx.now))
        return (f"new orders start with this rate now instead of {former.tax_rate_id}",)
