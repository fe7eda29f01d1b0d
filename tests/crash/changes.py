"""What became of changes after payment: all of a change and of its money, or nothing of either."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.crash.buying import PRICE
from tests.crash.files import Files, Row
from tests.crash.street import Notebook

Line = tuple[str, int, Decimal]
"""Name, unit price in minor units, quantity."""


def half_made(files: Files, notes: Notebook) -> Iterator[str]:
    """Changes of which only the lines or only the money are there."""
    for order in files.orders.values():
        for made in order.get("amendments", ()):
            if wrong := _money_is_wrong(files, order, made):
                yield f"{made['kind']} {made['amendment_id']} of {order['order_id']} ({_state(made)}): {wrong}"
    sent_as = _amendments_by_key(files)
    for order in files.orders.values():
        wanted = _lines_asked_for(files, notes, order, sent_as)
        if wanted is not None and wanted != Counter(map(_line_of, order["lines"])):
            yield f"the lines of {order['order_id']} are not what was ordered and changed: {sorted(wanted.elements())}"


def given_back_first(files: Files) -> Iterator[str]:
    """Moves whose old payment was given back without, or before, the new one's money."""
    for order in files.orders.values():
        for made in order.get("amendments", ()):
            if made["kind"] != "move":
                continue
            taken, given = _moved(files, made)
            if given > taken:
                yield f"{made['amendment_id']} of {order['order_id']}: {given} went back, {taken} came in"
            new = files.first_moved.get(made.get("payment_id", ""))
            for refund_id in made.get("refund_ids", ()):
                old = files.first_moved.get(refund_id)
                if new is not None and old is not None and old < new:
                    yield f"{made['amendment_id']} of {order['order_id']}: {refund_id} went back first"


def made_without_a_call(files: Files) -> Iterator[str]:
    """Changes that no call's receipt knows: every call of this load has a key."""
    known = set(_amendments_by_key(files))
    for order in files.orders.values():
        yield from (
            f"{made['kind']} {made['amendment_id']} of {order['order_id']}"
            for made in order.get("amendments", ())
            if made["amendment_id"] not in known
        )


def _state(made: Row) -> str:
    return made.get("state", "made")


def _moved(files: Files, made: Row) -> tuple[int, int]:
    """What a change has brought in and given back, or is giving back, by both ledgers."""
    given = sum(files.given.get(refund_id, 0) for refund_id in made.get("refund_ids", ()))
    return files.taken.get(made.get("payment_id", ""), 0), given


def _money_is_wrong(files: Files, order: Row, made: Row) -> str | None:
    taken, given = _moved(files, made)
    refused = sum(
        refund["amount"]
        for refund in order.get("refunds", ())
        if refund["refund_id"] in made.get("refund_ids", ()) and refund.get("state") == "declined"
    )
    told, difference = f"{taken} came in, {given} went back, {refused} was refused", made["difference"]
    match _state(made):
        case "waiting":
            return "still waits for its money"
        case "dropped":
            return None if (taken, given) == (0, 0) else f"was dropped, and {told}"
        case _ if made["kind"] == "move":
            return None if 0 < given + refused <= taken else told
        case _:
            right = (taken, given + refused) == (max(0, difference), max(0, -difference))
            return None if right else f"{told}; the difference is {difference}"


def _amendments_by_key(files: Files) -> dict[str, str]:
    """The key of the call behind each amendment."""
    return {
        answer["amendment"]["amendmentId"]: key
        for key, answer in files.receipts.items()
        if answer is not None and "amendment" in answer
    }


def _lines_asked_for(files: Files, notes: Notebook, order: Row, sent_as: dict[str, str]) -> Counter[Line] | None:
    """What the order has to consist of: what its call asked for, and the changes that were made."""
    key = order["metadata"]["call"]
    created = files.receipts.get(key)
    if created is None:
        return None
    given = notes.asked[key][1]["lineItems"]
    lines = {told["lineItemId"]: _asked(line) for told, line in zip(created["lineItems"], given, strict=True)}
    added: list[Line] = []
    for made in order.get("amendments", ()):
        if _state(made) != "made" or made["amendment_id"] not in sent_as:
            continue
        arguments = notes.asked[sent_as[made["amendment_id"]]][1]
        for line_id in arguments.get("removeLineItemIds", ()):
            del lines[line_id]
        for line in arguments.get("lineItems", ()):
            if "lineItemId" in line:
                lines[line["lineItemId"]] = _changed(lines[line["lineItemId"]], line)
            else:
                added.append(_asked(line))
        added += [_asked(line["replacement"]) for line in arguments.get("lines", ()) if "replacement" in line]
    return Counter([*lines.values(), *added])


def _asked(line: dict[str, Any]) -> Line:
    """A line that is ordered by its SKU has the item's name and price."""
    price = line["unitPriceMoney"]["amount"] if "unitPriceMoney" in line else PRICE
    return line.get("name") or line["itemId"], price, Decimal(line.get("quantity", 1))


def _changed(was: Line, line: dict[str, Any]) -> Line:
    name, price, quantity = was
    if "unitPriceMoney" in line:
        price = line["unitPriceMoney"]["amount"]
    return name, price, Decimal(line.get("quantity", quantity))


def _line_of(stored: Row) -> Line:
    return stored["name"], stored["unit_price"], Decimal(stored["quantity"])
