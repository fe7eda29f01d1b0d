"""How a command's result reads: one function for the call, the replay, and whoever settles last."""

from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter

from flint_domain.command import Shown
from flint_domain.coupons.queries import coupon_of
from flint_domain.coupons.views import coupon_view
from flint_domain.orders.hints import hints
from flint_domain.orders.queries import order_wire, show_order
from flint_domain.payments.commands import shown_payments
from flint_domain.ports import ReadTransaction
from flint_domain.refunds.rules import refund_of
from flint_domain.refunds.views import refund_view
from flint_domain.tax.views import tax_rate_view
from flint_domain.webhooks.views import show_webhook
from flint_domain.work import load, not_found

_SHOWN = TypeAdapter(Shown)


def show(tx: ReadTransaction, shown: Shown, exposed: frozenset[str]) -> dict[str, Any]:
    """The answer of a command as JSON, from the records of now."""
    match shown.kind:
        case "coupon":
            coupon = coupon_of(tx, shown.coupon_code or "")
            return {"coupon": coupon_view(coupon, tx.now).to_wire(keep_empty=False)}
        case "tax_rate":
            rate = tx.tax_rate(shown.tax_rate_id or "")
            if rate is None:
                raise not_found("tax rate", shown.tax_rate_id or "", "taxRateId", "list_tax_rates shows the rates")
            answer: dict[str, Any] = {"taxRate": tax_rate_view(rate).to_wire()}
            return {**answer, "warnings": list(shown.warnings)} if shown.warnings else answer
        case "webhook":
            return show_webhook(
                tx, endpoint_id=shown.endpoint_id, delivery_id=shown.delivery_id, warnings=shown.warnings
            )
        case _:
            return _show_order(tx, shown, exposed)


def _show_order(tx: ReadTransaction, shown: Shown, exposed: frozenset[str]) -> dict[str, Any]:
    found = load(tx, shown.order_id or "")
    order = order_wire(show_order(tx, found, shown.view, exposed, warnings=shown.warnings), shown.view)
    if shown.kind == "order":
        return order
    stored = found.order
    if shown.kind == "payment":
        return {"order": order, "payments": shown_payments(stored, shown.payment_id, shown.first_payment)}
    refunds = [refund_view(stored, refund_of(stored, r)).to_wire(keep_empty=False) for r in shown.refund_ids]
    answer: dict[str, Any] = {"refund": refunds[0], "order": order}
    return answer if len(refunds) == 1 else {**answer, "refunds": refunds}


def replay(tx: ReadTransaction, answer: dict[str, Any], exposed: frozenset[str]) -> dict[str, Any]:
    """A stored answer, given again: all as it was, but for what can be done now and the version of now."""
    replayed = {**answer, "replayed": True}
    order = answer.get("order", answer)
    if "orderId" not in order:
        return replayed
    found = load(tx, order["orderId"])
    hinted = hints(found, exposed)
    current = {
        **order,
        "availableActions": [action.to_wire(keep_empty=False) for action in hinted.available],
        "blockedActions": [action.to_wire(keep_empty=False) for action in hinted.blocked],
        "currentVersion": found.order.version,
    }
    return {**replayed, "order": current} if "order" in answer else {**current, "replayed": True}


def shown_to_json(shown: Shown) -> dict[str, Any]:
    """What a receipt keeps of it."""
    return asdict(replace(shown, once={}))


def shown_from_json(fields: dict[str, Any]) -> Shown:
    return _SHOWN.validate_python(fields)
