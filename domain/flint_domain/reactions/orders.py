"""An order as callers read it, with its trail."""

from typing import Any

from flint_domain.kernel.paging import page
from flint_domain.kernel.subjects import of_order
from flint_domain.order.lifecycle import Standing
from flint_domain.order.views import FULL_ACTIVITIES, SUMMARY_ACTIVITIES, TIMELINE_PAGE, OrderView, View, order_view
from flint_domain.unit_of_work.ports import ReadTransaction

_ACTIVITIES: dict[View, int] = {
    "summary": SUMMARY_ACTIVITIES,
    "full": FULL_ACTIVITIES,
    "timeline": TIMELINE_PAGE,
    "money": 0,
}


def show_order(
    tx: ReadTransaction,
    standing: Standing,
    view: View,
    *,
    warnings: tuple[str, ...] = (),
    cursor: str | None = None,
) -> OrderView:
    """The order in this view, with as much of its trail as the view shows."""
    limit = _ACTIVITIES[view]
    rows = tx.activities(of_order(standing.order.order_id), limit=limit + 1, before=cursor) if limit else []
    activities, more = page(rows, limit, lambda activity: activity.activity_id)
    return order_view(
        standing,
        view,
        activities,
        extra_warnings=warnings,
        next_cursor=more if view == "timeline" else None,
    )


def order_wire(shown: OrderView, view: View) -> dict[str, Any]:
    """The order as JSON: the summary leaves empty fields out, the other views show them."""
    return shown.to_wire(keep_empty=view == "full")
