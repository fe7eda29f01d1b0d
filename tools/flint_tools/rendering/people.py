"""Customers, their saved payment methods, gift cards and store credit as lines of text."""

from flint_tools.rendering.lines import Lines, address_words, amounts_of, headline, metadata, more, said, under
from flint_tools.rendering.orders import order_row
from flint_tools.rendering.words import Facts, joined, labeled, quoted

_SPENT = (("paidMoney", "paid"), ("refundedMoney", "refunded"), ("spentMoney", "spent"))


def customer_lines(customer: Facts) -> Lines:
    """The profile, what pays, what was bought."""
    yield headline(customer)
    yield joined(
        (
            f"{customer.id('customerId')} version {customer.take('version')}",
            customer.words("name"),
            labeled("reference", customer.text("reference")),
            labeled("e-mail", _listed(customer, "emails")),
            labeled("phone", _listed(customer, "phones")),
            customer.flag("taxExempt", "tax exempt"),
            labeled("tax id", customer.words("taxId")),
            labeled("note", customer.words("note")),
            labeled("metadata", metadata(customer)),
            labeled("merged", _listed(customer, "mergedIds")),
            labeled("erased", customer.text("erasedAt")),
            labeled("created", customer.text("createdAt")),
            labeled("changed", customer.text("updatedAt")),
        )
    )
    yield from under("Addresses", [address_words(each) for each in customer.each("addresses")])
    yield from under("Payment methods", [payment_method_line(method) for method in customer.each("paymentMethods")])
    yield from under("Credit", [credit_line(credit) for credit in customer.each("credits")])
    yield from under("Bought", [_purchases(bought) for bought in customer.each("purchases")])
    yield from under("Newest orders", [order_row(row) for row in customer.each("recentOrders")])
    yield from said("Also", customer.rest())


def _listed(customer: Facts, field: str) -> str:
    return joined(quoted(value) for value in customer.take(field, ()))


def _purchases(bought: Facts) -> str:
    orders = bought.take("orders")
    return joined(
        (
            f"{orders} {'order' if orders == 1 else 'orders'} in {bought.take('currency', bought.currency)}",
            amounts_of(bought, _SPENT),
            labeled("first", bought.text("firstOrderAt")),
            labeled("last", bought.text("lastOrderAt")),
            bought.rest(),
        )
    )


def customer_row(row: Facts) -> str:
    """A customer in a list, on one line."""
    orders = row.take("orders")
    return joined(
        (
            f"{row.text('customerId')} {row.words('name')}".strip(),
            row.words("email"),
            row.words("postalCode"),
            "" if orders is None else f"{orders} {'order' if orders == 1 else 'orders'}",
            row.rest(),
        )
    )


def customer_list(answer: Facts) -> Lines:
    yield headline(answer)
    yield from (customer_row(row) for row in answer.each("customers"))
    yield from more(answer)


def payment_method_line(method: Facts) -> str:
    """`pm_… active card visa 4242, expires 12/2030, default`."""
    month, year = method.take("expMonth"), method.take("expYear")
    head = (method.id("paymentMethodId"), *(method.text(field) for field in ("status", "type", "brand", "last4")))
    return joined(
        (
            joined(head, " "),
            labeled("expires", "" if month is None or year is None else f"{month:02d}/{year}"),
            method.flag("expired", "expired"),
            method.flag("default", "default"),
            joined((method.text("declineCode"), method.take("declineMessage", "")), " "),
            labeled("the buyer confirms at", method.text("actionUrl")),
            labeled("created", method.text("createdAt")),
            method.rest(),
        )
    )


def credit_line(credit: Facts) -> str:
    """`gift_… ACTIVE gift_card 7F3K: 20.00`. Its summary says no more than that."""
    credit.take("summary")
    head = (credit.id("accountId"), *(credit.text(field) for field in ("status", "type", "last4")))
    return joined(
        (
            f"{joined(head, ' ')}: {credit.money('balanceMoney') or '0'}",
            labeled("set aside", credit.money("heldMoney")),
            labeled("of", credit.text("customerId")),
            labeled("expires", credit.text("expiresAt")),
            labeled("note", credit.words("note")),
            labeled("created", credit.text("createdAt")),
            credit.rest(),
        )
    )


def ledger_lines(credit: Facts) -> Lines:
    """An account and its entries, newest first."""
    yield headline(credit)
    entries, cursor = list(credit.each("entries")), credit.text("nextCursor")
    yield credit_line(credit)
    yield from under("Ledger", [_entry(entry) for entry in entries])
    yield from said("More with cursor", cursor)


def _entry(entry: Facts) -> str:
    return joined(
        (
            f"{entry.text('entryId')} {entry.text('at')} {entry.text('type')}: {entry.money('amountMoney') or '0'}",
            f"balance {entry.money('balanceMoney') or '0'}",
            entry.text("orderId"),
            entry.text("paymentIntentId"),
            labeled("with", entry.text("counterpartAccountId")),
            labeled("by", entry.text("actor")),
            labeled("note", entry.words("note")),
            entry.rest(),
        )
    )
