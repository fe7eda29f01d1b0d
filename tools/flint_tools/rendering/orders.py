"""An order as lines of text: where it stands, its amounts, and a line for each of its parts."""

from collections.abc import Mapping
from typing import Any

from flint_tools.rendering.actions import action_lines
from flint_tools.rendering.lines import Lines, address, amounts_of, metadata, plain_line, said, under, warnings
from flint_tools.rendering.payments import payment_line, refund_line
from flint_tools.rendering.structured import implied_refundable, refundable_of
from flint_tools.rendering.words import Facts, joined, labeled, plain, quoted

_FLAGS = (
    ("canceling", "being canceled"),
    ("amending", "being changed"),
    ("needsAttention", "needs a person's attention"),
)
_PRICING = (
    ("subtotalMoney", "subtotal"),
    ("discountMoney", "discount"),
    ("chargeMoney", "charges"),
    ("taxMoney", "tax"),
    ("includedTaxMoney", "of it in prices"),
    ("tipMoney", "tip"),
    ("totalMoney", "total"),
)
_SETTLEMENT = (
    ("authorizedMoney", "authorized"),
    ("paidMoney", "paid"),
    ("refundedMoney", "refunded"),
    ("pendingRefundMoney", "of it pending"),
    ("outstandingMoney", "outstanding"),
    ("refundableMoney", "refundable"),
)
_UNITS = (
    ("fulfilledQuantity", "sent"),
    ("returnedQuantity", "returned"),
    ("exchangedQuantity", "exchanged"),
    ("refundedQuantity", "refunded"),
)


def order_lines(order: Facts) -> Lines:
    """Everything about an order."""
    yield order.take("summary", "Order.")
    yield from warnings(order)
    left = refundable_of(order.fields)
    yield from under("Changed", [change_line(change) for change in order.each("changes")])
    yield _identity(order)
    yield from said("To", address(order, "shippingAddress"))
    yield _amounts(order)
    yield from under("Lines", [_line(fields, order, left=left) for fields in order.take("lineItems", ())])
    yield from under("Charges", [_charge(charge) for charge in order.each("charges")])
    yield from under("Discounts", [_discount(discount) for discount in order.each("discounts")])
    yield from under("Taxes", [plain_line(tax) for tax in order.each("taxes")])
    yield from _moved(order, "Payments", "payments", "paymentIntentId")
    yield from _moved(order, "Refunds", "refunds", "refundId")
    yield from under("Parcels", [_parcel(parcel) for parcel in order.each("fulfillments")])
    yield from under("Returns", [return_line(made) for made in order.each("returns")])
    yield from under("Changes", [amendment_line(made) for made in order.each("amendments")])
    yield from _trace(order)
    yield from _trail(order)
    yield from action_lines(order)
    yield from said("Also", order.rest())


def _identity(order: Facts) -> str:
    return joined(
        (
            joined((order.id("orderId"), f"version {order.take('version')}"), " "),
            labeled("now at version", order.text("currentVersion")),
            labeled("payment", order.text("paymentStatus")),
            labeled("refund", order.text("refundStatus")),
            order.text("fulfillmentStatus"),
            *(order.flag(field, words) for field, words in _FLAGS),
            labeled("reference", order.text("reference")),
            labeled("customer", order.text("customerId")),
            labeled("e-mail", order.words("buyerEmail")),
            labeled("canceled because", order.words("cancelReason")),
            labeled("note", order.words("note")),
            labeled("metadata", metadata(order)),
            labeled("created", order.text("createdAt")),
            labeled("changed", order.text("updatedAt")),
            labeled("stock reserved until", order.text("reservedUntil")),
        )
    )


def _amounts(order: Facts) -> str:
    """What it costs and where its money stands. The status is in the summary's first word."""
    order.take("status")
    pricing, settlement = order.object("pricingAmounts"), order.object("settlementAmounts")
    words = [f"{amounts_of(pricing, _PRICING)}; {amounts_of(settlement, _SETTLEMENT)}"]
    return f"{order.take('currency')}: {joined((*words, pricing.rest(), settlement.rest()))}"


def _line(fields: Mapping[str, Any], order: Facts, *, left: int) -> str:
    """A line with what is refundable of it, where money has come in and that is not all that it cost."""
    line = order.inner(fields)
    refundable = line.take("refundableMoney") or {"amount": implied_refundable(fields, left)}
    all_of_it = refundable == line.peek("totalMoney")
    told = "refundableMoney" in fields or left or "refundedQuantity" in fields
    what = joined(
        (
            f"{line.id('lineItemId')} {line.words('name')} x{line.take('quantity')}".strip(),
            *(
                f"+ {modifier.words('name')} {modifier.money('amountMoney') or '0'}"
                for modifier in line.each("modifiers")
            ),
            labeled("sku", line.text("sku")),
        )
    )
    return joined(
        (
            f"{what}: {line.money('totalMoney') or '0'}",
            labeled("refundable", line.amount(refundable) if told and not all_of_it else ""),
            *(labeled(word, line.text(field)) for field, word in _UNITS),
            labeled("replaces", line.text("replaces")),
            labeled("note", line.words("note")),
            line.rest(),
        )
    )


def _charge(charge: Facts) -> str:
    amount, total = charge.peek("amountMoney"), charge.money("totalMoney")
    before = "" if amount == {"amount": 0} else charge.money("amountMoney")
    return joined(
        (
            f"{charge.id('chargeId')} {charge.words('name')}: {total or '0'}",
            labeled("before tax", before if before != total else ""),
            labeled("refundable", charge.money("refundableMoney")),
            charge.rest(),
        )
    )


def _discount(discount: Facts) -> str:
    return joined((f"{discount.text('couponCode')} {discount.money('discountMoney') or '0'}", discount.rest()))


def _moved(order: Facts, heading: str, field: str, key: str) -> Lines:
    """The payments or refunds, with their ids; ids alone where the view shows no more."""
    line = payment_line if field == "payments" else refund_line
    ids = order.take(f"{key}s", [])
    shown = list(order.each(field))
    known = {each.peek(key) for each in shown}
    yield from under(heading, [line(each) for each in shown])
    yield from said(f"Other {field}" if shown else heading, joined(plain(made) for made in ids if made not in known))


def _parcel(parcel: Facts) -> str:
    lines = [f"{line.take('quantity')} of {line.id('lineItemId')}" for line in parcel.each("lines")]
    head = f"{parcel.id('fulfillmentId')} {parcel.text('status')}"
    return joined(
        (
            f"{head}: {joined(lines)}" if lines else head,
            parcel.words("carrier"),
            labeled("tracking", parcel.words("trackingNumber")),
            parcel.words("trackingUrl"),
            labeled("sent", parcel.text("fulfilledAt")),
            labeled("delivered", parcel.text("deliveredAt")),
            parcel.rest(),
        )
    )


def _fact(fact: Facts) -> str:
    return joined(
        (
            f"{fact.text('type')} {fact.text('at')}",
            labeled("by", fact.text("actor")),
            labeled("version", fact.text("version")),
            fact.take("summary", ""),
            fact.rest(),
        )
    )


def amendment_line(change: Facts) -> str:
    """`amd_…: MADE amend: 19.44 USD more, paid by pi_…`: its summary says state, kind and difference."""
    told, state, kind = change.take("summary", "").rstrip("."), change.text("status"), change.text("kind")
    return joined(
        (
            joined((change.id("amendmentId"), told or f"{state} {kind}"), ": "),
            "" if state in told else state,
            "" if kind in told else kind,
            labeled("difference", change.money("differenceMoney") or "0"),
            labeled("paid by", change.text("paymentIntentId")),
            labeled("given back by", joined(change.take("refundIds", ()))),
            change.text("returnId"),
            labeled("created", change.text("createdAt")),
            change.rest(),
        )
    )


def change_line(change: Facts) -> str:
    """`li_… quantity: 1 → 2`. People's words in it are in quotes already."""
    what, before, after = (change.take(name) or "" for name in ("what", "before", "after"))
    if before and after:
        return joined((f"{what}: {before} → {after}", change.rest()))
    return joined((f"{what}: {'+' if after else '-'} {after or before}", change.rest()))


def return_line(returned: Facts) -> str:
    """`ret_…: 1 of li_…, replaced by li_…, kept 5.40 for "Return shipping"`."""
    lines = [
        joined(
            (
                f"{line.take('quantity')} of {line.id('lineItemId')}",
                labeled("replaced by", line.text("replacedBy")),
                line.flag("restocked", "restocked"),
                line.rest(),
            ),
            " ",
        )
        for line in returned.each("lines")
    ]
    return joined(
        (
            f"{returned.id('returnId')}: {joined(lines)}",
            joined(
                (labeled("kept", returned.money("keptMoney")), labeled("for", returned.words("keptFor"))),
                " ",
            ),
            labeled("note", returned.words("note")),
            labeled("created", returned.text("createdAt")),
            returned.rest(),
        )
    )


def _trail(order: Facts) -> Lines:
    """The newest facts, on one line unless they say more than their names."""
    facts = list(order.each("activities"))
    told = any(fact.peek("summary") is not None for fact in facts)
    words = [_fact(fact) for fact in facts]
    yield from under("Trail", words) if told else said("Last", joined(words, "; "))
    yield from said("Older with cursor", order.text("nextCursor"))


def _trace(order: Facts) -> Lines:
    """Each amount with the terms that it is the sum of."""
    for entry in order.each("moneyTrace"):
        steps = [f"{step.take('what')} {step.money('amountMoney') or '0'}" for step in entry.each("steps")]
        yield joined((f"{entry.text('of')}: {joined(steps, ' + ')} = {entry.money('sumMoney') or '0'}", entry.rest()))


def order_row(row: Facts) -> str:
    """An order in a list, on one line."""
    names = [quoted(name) for name in row.take("lineNames", ())]
    more = row.take("moreLines")
    currency = row.take("currency", row.currency)
    head = (row.text(field) for field in ("orderId", "createdAt", "status", "paymentStatus", "fulfillmentStatus"))
    return joined(
        (
            joined(head, " "),
            labeled("reference", row.text("reference")),
            row.text("customerId"),
            f"{row.money('totalMoney') or '0'} {currency}",
            labeled("outstanding", row.money("outstandingMoney")),
            labeled("refundable", row.money("refundableMoney")),
            row.flag("needsAttention", "needs attention"),
            joined((*names, f"{more} more" if more else "")),
            row.rest(),
        )
    )
