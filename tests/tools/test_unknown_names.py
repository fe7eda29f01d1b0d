"""Names that nothing here has: each that models are known to send has a deliberate answer in every place of a tool."""

import json
from collections import Counter

import pytest

from flint_tools.binding import ToolArguments
from flint_tools.meanings import answered, compared, tool_answered
from flint_tools.selection import ALL_TOOLS
from flint_tools.sent_names import MEANINGS, TOOLS_MEANT
from tests.tools.unknown_names import COMMITTED, SENT, Path_, answers, hint, places

TOOLS = {tool.tool: tool for tool in ALL_TOOLS}
PLACES = [
    pytest.param(tool, path, known, id=".".join([tool.tool, *map(str, path)]))
    for tool in ALL_TOOLS
    for path, known in places(tool)
]
MONEY = ("amount", "value", "money", "sum", "price", "cost", "total", "subtotal", "refundamount", "balance", "total")
UNITS = ("qty", "units", "pieces", "quantity", "stock", "inventory", "available")
WHO_PAYS = ("token", "tokens", "source", "paymentmethod", "card", "giftcard", "storecredit")
SAYS = "did you mean "


def test_what_is_answered_everywhere_is_what_was_reviewed() -> None:
    """Run `python -m tests.tools.snapshots --write` after a change, and read the difference."""
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == answers()


def test_each_sent_name_has_one_meaning_and_is_spelled_as_it_is_compared() -> None:
    names = Counter(name for meaning in MEANINGS for name in meaning.sent.split())
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if compared(name) != name] == []


def test_an_answer_tells_its_place_by_arguments_that_there_are() -> None:
    known = {name for tool in ALL_TOOLS for _, names in places(tool) for name in names}
    for meaning in MEANINGS:
        for answer in meaning.answers:
            assert {*answer.where.split(), answer.meant} - {""} <= known, (meaning.sent, answer)
            fitting = [names for tool in ALL_TOOLS for _, names in places(tool) if answer.fits(names)]
            assert fitting, (meaning.sent, answer, "fits no place of any tool")


@pytest.mark.parametrize(("tool", "path", "known"), PLACES)
def test_no_name_of_money_units_or_payers_is_answered_with_another_thing(
    tool: type[ToolArguments], path: Path_, known: list[str]
) -> None:
    allowed = {
        MONEY: {"amountMoney", "unitPriceMoney", "priceMoney"},
        UNITS: {"quantity", "stock", "inStock"},
        WHO_PAYS: {
            *("paymentSourceTokens", "paymentSourceToken", "source", "refundTo", "accountId", "paymentMethodId"),
            "giftCardId",
        },
    }
    for names, meant in allowed.items():
        for name in names:
            said = hint(tool, path, name)
            if name not in known and said.startswith(SAYS):
                assert said.removeprefix(SAYS).rstrip("?") in meant, (name, said)


DISCOUNTS = "apply_coupon puts a code on the order; each of lineItems takes discountPercent or discountMoney"
OUTSTANDING = "what is outstanding is charged; tenders pay in parts, expectedOutstandingMoney refuses another amount"
A_LINE = ("create_order", "lineItems", 0)


@pytest.mark.parametrize(
    ("place", "name", "said"),
    [
        (("save_item", "variants", 0), "inventory", "did you mean stock?"),
        (("save_item",), "stock", "it stands in each of variants: sku, options, priceMoney, stock"),
        (("create_order",), "coupon", DISCOUNTS),
        (A_LINE, "amount", "unitPriceMoney is what one unit costs, quantity how many there are"),
        (A_LINE, "total", "Flint works totals out: give unitPriceMoney and quantity"),
        (A_LINE, "sku", "did you mean itemId?"),
        (("create_order",), "email", "customerId names the buyer; pay_order takes buyerEmail for the receipt"),
        (("create_order",), "line_items", "did you mean lineItems?"),
        (("create_refund",), "charge", "paymentIntentId names a payment; chargeIds names shipping and fees"),
        (("create_refund",), "refundAmount", "did you mean amountMoney?"),
        (("create_refund", "lines", 0), "itemId", "did you mean lineItemId?"),
        (("pay_order",), "token", "did you mean paymentSourceTokens?"),
        (("pay_order",), "amount", OUTSTANDING),
        (("pay_order",), "cardNumber", "card data must not be sent: send a token that the processor made of it"),
        (("adjust_inventory",), "quantity", "change adds units or takes them away, count sets what was counted"),
        (("adjust_gift_card",), "amount", "addMoney puts money on it, takeMoney takes money off it"),
        (("search_orders",), "text", "did you mean query?"),
        (("cancel_order",), "reson", "did you mean reason?"),
    ],
)
def test_names_of_other_systems_are_answered_for_the_place(place: Path_, name: str, said: str) -> None:
    assert hint(TOOLS[str(place[0])], place[1:], name) == said


def test_a_name_that_is_only_somewhat_alike_is_not_guessed() -> None:
    assert answered("priority", ["note", "reference"], {}) == "it takes note, reference"
    assert answered("referrer", ["note", "reference"], {}) == "it takes note, reference"
    assert answered("refrence", ["note", "reference"], {}) == "did you mean reference?"
    assert answered("street", ["lines"], {"lines": ["street"]}, deliberate=False) == "it stands in lines"


def test_every_name_that_is_sent_is_tried() -> None:
    assert {"price", "amount", "total", "sku", "qty", "email", "tokens", "token", "paymentmethod", "refundamount"} <= {
        *SENT
    }
    assert {"coupon", "code", "discount", "address", "tax", "stock", "inventory"} <= {*SENT}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("refund_order", "did you mean create_refund?"),
        ("list_orders", "did you mean search_orders?"),
        ("edit_order", "did you mean update_order or amend_order?"),
        ("create-order", "did you mean create_order?"),
        ("createOrder", "did you mean create_order?"),
        ("creat_order", "did you mean create_order?"),
        ("order_food", "see tools/list"),
    ],
)
def test_tools_of_other_systems_lead_to_what_does_that_here(name: str, said: str) -> None:
    assert tool_answered(name, TOOLS) == said


def test_only_tools_that_are_shown_are_named() -> None:
    assert tool_answered("edit_order", ["update_order"]) == "did you mean update_order?"
    assert tool_answered("refund_order", ["get_order", "create_order"]) == "see tools/list"
    assert {tool for meant in TOOLS_MEANT for tool in meant.split()} <= TOOLS.keys()
    names = Counter(name for names in TOOLS_MEANT.values() for name in names.split())
    assert [name for name, count in names.items() if count > 1 or name in TOOLS] == []
