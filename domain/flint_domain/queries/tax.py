"""List tax rates."""

from dataclasses import dataclass
from typing import Any

from flint_domain.kernel.callers import Caller
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.paging import DEFAULT_LIMIT, bad_cursor, page
from flint_domain.tax_rates.views import TaxRateList, tax_rate_view
from flint_domain.unit_of_work.ports import ReadTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTaxRates:
    """The merchant's tax rates, or those of one country's jurisdictions, oldest first."""

    country: str | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        if self.cursor is not None and not is_id(self.cursor, "txr"):
            raise bad_cursor()
        found = tx.tax_rates(country=self.country, after_id=self.cursor, limit=self.limit + 1)
        rows, cursor = page(found, self.limit, lambda rate: rate.tax_rate_id)
        listed = TaxRateList(
            summary=f"{len(rows)} {'tax rate' if len(rows) == 1 else 'tax rates'}{' and more' if cursor else ''}.",
            tax_rates=[tax_rate_view(rate) for rate in rows],
            next_cursor=cursor,
        )
        return listed.to_wire(keep_empty=False)
