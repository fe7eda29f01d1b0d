"""How a command's result reads: one function for the call, the replay, and whoever settles last."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter

from flint_domain.commands.payments import warned_of
from flint_domain.coupons.views import coupon_view
from flint_domain.customers.method_views import payment_method_shown
from flint_domain.order.amendments.views import amendment_view, return_view
from flint_domain.order.changes import FieldChange, change_view
from flint_domain.order.payments.views import shown_payments
from flint_domain.order.refunds.rules import refund_of
from flint_domain.order.refunds.views import refund_view, refunds_view
from flint_domain.order.views import View, hints_shown
from flint_domain.queries.catalog import show_item, show_stock
from flint_domain.queries.coupons import coupon_of
from flint_domain.queries.customer_views import customer_answer, show_customer
from flint_domain.queries.webhooks import show_webhook
from flint_domain.reactions.catalog.lookup import item_of
from flint_domain.reactions.customers import customer_named
from flint_domain.reactions.gift_cards.views import show_credit
from flint_domain.reactions.orders import order_wire, show_order
from flint_domain.tax_rates.views import tax_rate_view
from flint_domain.unit_of_work.command import Shown
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import load, not_found

_SHOWN = TypeAdapter(Shown)


def show(tx: ReadTransaction, shown: Shown, exposed: frozenset[str]) -> dict[str, Any]:
    """The answer of a command as JSON, from the records of now."""
    return _KINDS[shown.kind](tx, shown, exposed)


def _warned(answer: dict[str, Any], shown: Shown) -> dict[str, Any]:
    return {**answer, "warnings": list(shown.warnings)} if shown.warnings else answer


def _coupon(tx: ReadTransaction, shown: Shown, _: frozenset[str]) -> dict[str, Any]:
    coupon = coupon_view(coupon_of(tx, shown.coupon_code or ""), tx.now)
    return _warned({"coupon": coupon.to_wire(keep_empty=False)}, shown)


def _tax_rate(tx: ReadTransaction, shown: Shown, _: frozenset[str]) -> dict[str, Any]:
    rate = tx.tax_rate(shown.tax_rate_id or "")
    if rate is None:
        raise not_found("tax rate", shown.tax_rate_id or "", "taxRateId", "list_tax_rates shows the rates")
    return _warned({"taxRate": tax_rate_view(rate).to_wire(keep_empty=False)}, shown)


def _tax_import(_: ReadTransaction, shown: Shown, __: frozenset[str]) -> dict[str, Any]:
    return {"changes": list(shown.changes), "warnings": list(shown.warnings)}


def _import(_: ReadTransaction, shown: Shown, __: frozenset[str]) -> dict[str, Any]:
    return {"rows": [asdict(row) for row in shown.rows]}


def _customer(tx: ReadTransaction, shown: Shown, exposed: frozenset[str]) -> dict[str, Any]:
    return customer_answer(tx, customer_named(tx, shown.customer_id or ""), shown.warnings, exposed)


def _payment_method(tx: ReadTransaction, shown: Shown, _: frozenset[str]) -> dict[str, Any]:
    customer = customer_named(tx, shown.customer_id or "")
    method = payment_method_shown(customer, shown.method_id or "", tx.now)
    return {"paymentMethod": method.to_wire(keep_empty=False), "customer": show_customer(tx, customer)}


def _item(tx: ReadTransaction, shown: Shown, _: frozenset[str]) -> dict[str, Any]:
    item, _variant = item_of(tx, shown.item_id or "")
    return _warned({"item": show_item(tx, item)}, shown)


def _stock(tx: ReadTransaction, shown: Shown, _: frozenset[str]) -> dict[str, Any]:
    return show_stock(tx, shown.variant_id or "")


def _webhook(tx: ReadTransaction, shown: Shown, _: frozenset[str]) -> dict[str, Any]:
    return show_webhook(tx, endpoint_id=shown.endpoint_id, delivery_id=shown.delivery_id, warnings=shown.warnings)


def _credit(tx: ReadTransaction, shown: Shown, _: frozenset[str]) -> dict[str, Any]:
    return show_credit(tx, shown.account_id or "", shown.warnings)


def _amendment(tx: ReadTransaction, shown: Shown, exposed: frozenset[str]) -> dict[str, Any]:
    """The amendment with its payments, refunds and return, and the order."""
    found = load(tx, shown.order_id or "")
    order = found.order
    amendment = next(made for made in order.amendments if made.amendment_id == shown.amendment_id)
    answer: dict[str, Any] = {"amendment": amendment_view(order, amendment).to_wire(keep_empty=False)}
    if shown.changed is not None:
        answer["changes"] = _changed(() if amendment.state == "dropped" else shown.changed)
    if amendment.payment_id:
        answer["payments"] = shown_payments(order, amendment.payment_id, None)
    refunds = [made for made in order.refunds if made.refund_id in amendment.refund_ids]
    if refunds:
        answer["refunds"] = [refund_view(order, made).to_wire(keep_empty=False) for made in refunds]
    returned = next((made for made in order.returns if made.return_id == amendment.return_id), None)
    if returned is not None:
        answer["return"] = return_view(returned, order.currency).to_wire(keep_empty=False)
    answer["order"] = order_wire(show_order(tx, found, shown.view, exposed, warnings=shown.warnings), shown.view)
    return answer


def _beside_its_changes(order: dict[str, Any], changes: tuple[FieldChange, ...]) -> dict[str, Any]:
    """The order with what has changed next to its summary."""
    return {"summary": order["summary"], "changes": _changed(changes), **order}


def _changed(changes: tuple[FieldChange, ...]) -> list[dict[str, Any]]:
    return [change_view(change).to_wire(keep_empty=False) for change in changes]


def _order(tx: ReadTransaction, shown: Shown, exposed: frozenset[str]) -> dict[str, Any]:
    found = load(tx, shown.order_id or "")
    stored = found.order
    warnings = (*shown.warnings, *warned_of(stored, shown.first_payment))
    order = order_wire(show_order(tx, found, shown.view, exposed, warnings=warnings), shown.view)
    if shown.kind == "order":
        return order if shown.changed is None else _beside_its_changes(order, shown.changed)
    if shown.kind == "payment":
        return {"order": order, "payments": shown_payments(stored, shown.payment_id, shown.first_payment)}
    refunds = refunds_view(stored, [refund_of(stored, refund_id) for refund_id in shown.refund_ids])
    return {"refund": refunds.to_wire(keep_empty=False), "order": order}


_KINDS: dict[str, Callable[[ReadTransaction, Shown, frozenset[str]], dict[str, Any]]] = {
    "order": _order,
    "payment": _order,
    "refund": _order,
    "amendment": _amendment,
    "coupon": _coupon,
    "customer": _customer,
    "payment_method": _payment_method,
    "item": _item,
    "stock": _stock,
    "credit": _credit,
    "tax_rate": _tax_rate,
    "tax_import": _tax_import,
    "webhook": _webhook,
    "import": _import,
}


def replay(tx: ReadTransaction, answer: dict[str, Any], view: View, exposed: frozenset[str]) -> dict[str, Any]:
    """An answer in this view, given again: all as it was, but for what can be done now and the version of now."""
    replayed = {**answer, "replayed": True}
    order = answer.get("order", answer)
    if "orderId" not in order:
        return replayed
    found = load(tx, order["orderId"])
    hinted = hints_shown(found, view, exposed)
    current = {
        **order,
        "availableActions": [action.to_wire(keep_empty=False) for action in hinted.available],
        "blockedActions": [action.to_wire(keep_empty=False) for action in hinted.blocked],
        "currentVersion": found.order.version,
    }
    return {**replayed, "order": current} if "order" in answer else {**current, "replayed": True}


def shown_to_json(shown: Shown) -> dict[str, Any]:
    """What an idempotency record keeps of it."""
    return asdict(replace(shown, once={}))


def shown_from_json(fields: dict[str, Any]) -> Shown:
    return _SHOWN.validate_python(fields)
