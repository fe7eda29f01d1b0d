"""What Flint keeps itself: gift cards and store credit, stock, and which payment methods are saved."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from tests.crash.files import Files, Row

PLACES = 10_000
NUMBERS = ("available", "reserved", "sold")


def wrong_balances(files: Files) -> Iterator[str]:
    """Accounts that are not the sum of their entries, and orders that tell another story than the entries."""
    running = Counter[str]()
    by_order = Counter[str]()
    for entry in files.entries:
        running[entry["account_id"]] += entry["amount"]
        if entry["order_id"] is not None:
            by_order[entry["order_id"]] += entry["amount"]
        if not running[entry["account_id"]] == entry["balance"] >= 0:
            yield f"{entry['id']} says {entry['balance']} is left, and it is {running[entry['account_id']]}"
    for account_id, balance in files.balances.items():
        if balance != running[account_id]:
            yield f"{account_id} holds {balance}, its entries {running[account_id]}"
    for order_id, order in files.orders.items():
        if (told := _back_in_accounts(order)) != by_order[order_id]:
            yield f"{order_id}: {told} went to accounts by the order, {by_order[order_id]} by their entries"


def _is_account(source: str | None) -> bool:
    return source is not None and source.startswith(("gift_", "crd_"))


def _back_in_accounts(order: Row) -> int:
    """What accounts have of an order by its own words: below zero for what they paid and have set aside."""
    of_accounts = {p["payment_id"]: p for p in order.get("payments", ()) if _is_account(p["source"])}
    went = sum(payment.get("captured", 0) + payment.get("authorized", 0) for payment in of_accounts.values())
    came = sum(
        refund["amount"]
        for refund in order.get("refunds", ())
        if refund.get("state") == "succeeded"
        and (_is_account(refund.get("destination")) or refund["payment_id"] in of_accounts)
    )
    return came - went


def wrong_stock(files: Files) -> Iterator[str]:
    """Variants whose numbers are not the sums of their trail, or not what people put in and orders hold."""
    sums = {variant_id: Counter[str]() for variant_id in files.shelves}
    by_hand, held = Counter[str](), {variant_id: Counter[str]() for variant_id in files.shelves}
    for change in files.trail:
        sums[change["variant_id"]].update({name: change[name] for name in NUMBERS})
        if change["order_id"] is None:
            by_hand[change["variant_id"]] += change["available"]
    for order in files.orders.values():
        for own in order.get("stock", ()):
            for name in ("reserved", "sold"):
                held[own["variant_id"]][name] += int(Decimal(own.get(name, 0)) * PLACES)
    for variant_id, shelf in files.shelves.items():
        numbers = {name: shelf[name] for name in NUMBERS}
        expected = {
            "available": by_hand[variant_id] - held[variant_id].total(),
            "reserved": held[variant_id]["reserved"],
            "sold": held[variant_id]["sold"],
        }
        if min(numbers.values()) < 0 or numbers != {name: sums[variant_id][name] for name in NUMBERS}:
            yield f"{variant_id} has {numbers}, its trail {dict(sums[variant_id])}"
        if numbers != expected:
            yield f"{variant_id} has {numbers}, and by hand and by the orders it is {expected}"


def attached_twice(files: Files) -> Iterator[str]:
    """Methods that the processor has saved more often than once, or saved and nobody here knows them."""
    attached = Counter(method["method_id"] for method in files.methods if method["status"] == "attached")
    states = {
        method["method_id"]: method.get("state", "attaching")
        for customer in files.customers.values()
        for method in customer.get("methods", ())
    }
    for method_id, count in attached.items():
        if count > 1:
            yield f"{method_id} is saved {count} times"
        elif states.get(method_id) not in ("active", "refused"):
            yield f"{method_id} is saved at the processor, and {states.get(method_id, 'unknown')} here"
    yield from (
        f"{each} pays here, and is not saved" for each, at in states.items() if at == "active" and not attached[each]
    )


def marks(files: Files) -> Iterator[tuple[str, str]]:
    """What was made and the call it was made by, for everything that carries its call."""
    for records, what in ((files.orders, "orders"), (files.customers, "customers")):
        for record in records.values():
            if "call" in record.get("metadata", {}):
                yield what, record["metadata"]["call"]
    yield from (("gift cards", note) for note in files.notes.values() if note is not None)
    yield from (
        ("issues of credit", entry["note"]) for entry in files.entries if entry["kind"] == "issued" and entry["note"]
    )
    yield from (("changes of stock", change["note"]) for change in files.trail if change["note"])
