"""Read one coupon, or search them."""

from dataclasses import dataclass
from typing import Any

from flint_domain.coupons.model import Coupon
from flint_domain.coupons.views import CouponList, coupon_view
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.paging import DEFAULT_LIMIT, bad_cursor, page
from flint_domain.unit_of_work.ports import ReadTransaction


def coupon_of(tx: ReadTransaction, code: str) -> Coupon:
    """The coupon of this code.

    Raises Refused("coupon_not_found").
    """
    coupon = tx.coupon(code)
    if coupon is None:
        raise Refused(
            "coupon_not_found",
            f"There is no coupon {quoted(code)}.",
            hint="check the code's spelling; search_coupons lists the codes",
            param="couponCode",
        )
    return coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCoupons:
    """Coupons whose code contains the text, newest first."""

    text: str | None = None
    active: bool | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        if self.cursor is not None and not is_id(self.cursor, "cpn"):
            raise bad_cursor()
        found = tx.coupons(text=self.text, active=self.active, before_id=self.cursor, limit=self.limit + 1)
        rows, cursor = page(found, self.limit, lambda coupon: coupon.coupon_id)
        listed = CouponList(
            summary=f"{len(rows)} {'coupon' if len(rows) == 1 else 'coupons'}{' and more' if cursor else ''}.",
            coupons=[coupon_view(coupon, tx.now) for coupon in rows],
            next_cursor=cursor,
        )
        return listed.to_wire(keep_empty=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCoupon:
    """One coupon by its code."""

    code: str

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        return coupon_view(coupon_of(tx, self.code), tx.now).to_wire(keep_empty=False)
