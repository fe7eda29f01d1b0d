"""Every text, number and time that a caller may give is held to its bounds: read from the tools' own types."""

import json
from typing import Any

import pytest
from mcp.types import TextContent
from pydantic import ValidationError

from flint_domain.kernel.text import CONTACT, IDENTIFIER, KEY, NAME, NOTE, SEARCH, TextRule
from flint_server.importing.shapes import CustomerShape, ItemShape, OrderShape
from flint_tools.schemas import input_schema
from flint_tools.selection import ALL_TOOLS
from flint_tools.text_fields import text_fields, with_cards_masked
from flint_tools.types import Input
from tests.tools.agent import PRO_PLAN, Agent
from tests.tools.refusals import HUGE
from tests.tools.walking import dotted, holding, leaves, named

RECORDS: tuple[type[Input], ...] = (CustomerShape, ItemShape, OrderShape)
VISA, GROUPED = "4242424242424242", "4242-4242-4242-4242"
TOO_LARGE = (2**63, 10**30)
NO_TIMES = ("9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00")

# How each text is taken, by the last step of its path; a new text has to be thought about, and stand here.
TAKEN = (
    (NAME, "brand buyerEmail carrier city description* email emails line1 line2 name options region type"),
    (NAME, "cancelReason reason"),
    (NOTE, "description lineNote metadata note"),
    (SEARCH, "query"),
    (CONTACT, "phones postalCode"),
    (IDENTIFIER, "images postalPrefixes reference* taxId trackingNumber trackingUrl url"),
    (KEY, "couponCode customerId defaultPaymentMethodId idempotencyKey itemId itemIds reference sku taxCategory"),
)


def wrong_at(tool: type[Input], path: tuple[str, ...], value: Any) -> list[str]:
    """What is said against a value at a path, beside all that is missing."""
    try:
        tool.model_validate(holding(path, value))
    except ValidationError as error:
        about = [found for found in error.errors() if found["type"] != "missing"]
        return [found["msg"] for found in about if found["loc"] in (named(path), named(path[:-1]))]
    return []


def test_every_text_says_how_it_is_taken() -> None:
    unsaid = [
        f"{shape.__name__}.{path}" for shape in (*ALL_TOOLS, *RECORDS) for path, how in text_fields(shape) if not how
    ]
    assert unsaid == []


def test_the_rule_of_each_text_is_the_one_that_was_chosen() -> None:
    chosen: dict[str, set[TextRule]] = {}
    for rule, names in TAKEN:
        for name in names.split():
            chosen.setdefault(name.rstrip("*"), set()).add(rule)
    for shape in (*ALL_TOOLS, *RECORDS):
        for path, rule in text_fields(shape):
            if isinstance(rule, TextRule):
                assert rule in chosen[path.rpartition(".")[2]], f"{shape.__name__}.{path}"


@pytest.mark.promise("P9")
def test_a_card_number_is_refused_in_every_text_as_its_rule_says() -> None:
    bare = grouped = 0
    for tool in ALL_TOOLS:
        schema = input_schema(tool)
        rules = {path: rule for path, rule in text_fields(tool) if isinstance(rule, TextRule)}
        for path in leaves(schema, "string"):
            rule = rules.get(".".join(step for step in path if step not in ("[]", "{}")))
            if rule is None:
                continue
            for_mail = "email" in path[-1].lower() or "emails" in path
            for_web = any(step in ("url", "trackingUrl", "images") for step in path)
            around = "{}@example.com" if for_mail else "https://example.com/{}" if for_web else "{}"
            assert wrong_at(tool, path, around.format(GROUPED)) != [], f"{tool.tool} {path}"
            grouped += 1
            if rule.cards == "text":
                [said] = wrong_at(tool, path, around.format(VISA))
                assert said == "This looks like a card number, and card data is never stored", f"{tool.tool} {path}"
                bare += 1
    assert bare > 60
    assert grouped > 120


async def test_nul_and_half_characters_are_refused_in_every_string_of_every_tool(shop: Agent) -> None:
    tried = 0
    for tool in ALL_TOOLS:
        for path in leaves(input_schema(tool), "string"):
            for text, name in (("a\x00b", "U+0000 (NUL)"), ("a\ud83d", "U+D83D (half a character)")):
                error = await refused(shop, tool.tool, holding(path, text))
                where = dotted(path)
                assert error["code"] == "invalid_argument"
                assert (error["message"], error["param"]) == (f"There is {name} at character 2 of {where}.", where)
                tried += 1
    assert tried > 450


@pytest.mark.parametrize(("escape", "name"), [("\\u0000", "U+0000 (NUL)"), ("\\ud83d", "U+D83D (half a character)")])
async def test_nul_and_half_characters_are_refused_in_text_that_is_json(shop: Agent, escape: str, name: str) -> None:
    """As some clients send arrays and objects: the escapes become characters in Flint only."""
    in_value = await refused(shop, "create_order", {"lineItems": f'[{{"name": "ab{escape}"}}]'})
    assert in_value["message"] == f"There is {name} at character 3 of lineItems.0.name."
    in_key = await refused(shop, "create_order", {"lineItems": [PRO_PLAN], "metadata": f'{{"ab{escape}": "x"}}'})
    assert in_key["message"] == f'There is {name} at character 3 of metadata."ab".'


async def test_nul_is_refused_in_a_name_and_under_a_name_that_no_tool_knows(shop: Agent) -> None:
    in_key = await refused(shop, "create_order", {"lineItems": [PRO_PLAN], "metadata": {"a\x00b": "x"}})
    assert (in_key["message"], in_key["param"]) == (
        'There is U+0000 (NUL) at character 2 of metadata."a b".',
        'metadata."a b"',
    )
    below_unknown = await refused(shop, "create_order", {"nested": [{"deep": ["\x00"]}]})
    assert below_unknown["message"] == "There is U+0000 (NUL) at character 1 of nested.0.deep.0."


async def test_every_integer_has_an_upper_bound(shop: Agent) -> None:
    tried = 0
    for tool in ALL_TOOLS:
        for path in leaves(input_schema(tool), "integer"):
            for value in TOO_LARGE:
                assert wrong_at(tool, path, value) != [], f"{tool.tool} {path}"
                error = await refused(shop, tool.tool, holding(path, value))
                assert error["code"] in ("invalid_argument", "invalid_money"), f"{tool.tool} {path}"
                tried += 1
    assert tried > 100


@pytest.mark.parametrize(
    "value", [*TOO_LARGE, HUGE, str(10**30), 1e300], ids=["2^63", "10^30", "huge", "text", "float"]
)
async def test_no_quantity_count_or_percentage_is_too_large_to_be_refused(shop: Agent, value: Any) -> None:
    places = [
        ("create_order", {"lineItems": [{**PRO_PLAN, "quantity": value}]}),
        ("create_order", {"lineItems": [{**PRO_PLAN, "discountPercent": value}]}),
        ("adjust_inventory", {"sku": "a", "reason": "counted", "count": value}),
        ("adjust_inventory", {"sku": "a", "reason": "counted", "change": value}),
        ("save_item", {"name": "Hat", "variants": [{"priceMoney": {"amount": 1}, "lowStockAt": value}]}),
    ]
    for tool, arguments in places:
        assert (await refused(shop, tool, arguments))["code"] == "invalid_argument"


async def test_times_outside_the_calendar_are_refused_everywhere(shop: Agent) -> None:
    places = [
        ("search_orders", "createdAfter"),
        ("search_orders", "createdBefore"),
        ("create_coupon", "startsAt"),
        ("create_coupon", "endsAt"),
        ("update_coupon", "startsAt"),
        ("update_coupon", "endsAt"),
        ("issue_gift_card", "expiresAt"),
        ("adjust_gift_card", "expiresAt"),
        ("save_tax_rate", "validFrom"),
        ("save_tax_rate", "validUntil"),
    ]
    needed = {"couponCode": "TIME", "percent": 5, "accountId": "crd_01M83F4S48VPYRKAQ44XH2QJGQ", "name": "Tax"}
    for tool, name in places:
        known = input_schema(next(each for each in ALL_TOOLS if each.tool == tool))["properties"]
        money = {"amountMoney": {"amount": 1}} if "amountMoney" in known else {}
        others = {key: value for key, value in needed.items() if key in known}
        for time in NO_TIMES:
            error = await refused(shop, tool, {**others, **money, name: time})
            assert error["code"] == "invalid_argument"
            assert error["message"] == f'In UTC the time "{time}" is outside the years 1 to 9999 (in {name}).'


async def refused(shop: Agent, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The error of a call; that nothing is changed is proved where refusals are written down word for word."""
    result = await shop.client.call_tool(tool, arguments)
    assert result.is_error, (tool, arguments)
    [block] = result.content
    assert isinstance(block, TextContent)
    return json.loads(block.text)["error"]


BETWEEN_OTHER_NUMBERS = (
    ("Exp 12/28\n4242 4242 4242 4242\n123 Main Street", "Exp 12/28\n••••4242\n123 Main Street"),
    ("Qty 2\n4242-4242-4242-4242\n123", "Qty 2\n••••4242\n123"),
    ("Qty 2\r\n4242\r\n4242\r\n4242\r\n4242\r\n123", "Qty 2\r\n••••4242\r\n123"),
    ("1. 4242 4242 4242 4242 12.28", "1. ••••4242 12.28"),
    ("2 4242 4242 4242 4242 3", "2 ••••4242 3"),
)


@pytest.mark.parametrize(("text", "without"), BETWEEN_OTHER_NUMBERS)
async def test_a_card_number_between_other_numbers_is_neither_stored_nor_imported(
    shop: Agent, text: str, without: str
) -> None:
    places: list[dict[str, Any]] = [{"note": text}, {"metadata": {"told": text}}]
    if "\n" not in text:
        places.append({"lineItems": [{**PRO_PLAN, "name": text}]})
    for place in places:
        error = await refused(shop, "create_order", {"lineItems": [PRO_PLAN], **place})
        assert error["message"].startswith("This looks like a card number, and card data is never stored (in "), place
    assert (await shop.call("search_orders"))["orders"] == []
    fields = {"note": text, "metadata": {"told": text}, "lineItems": [{"name": text}]}
    masked, where = with_cards_masked(OrderShape, fields)
    assert masked == {"note": without, "metadata": {"told": without}, "lineItems": [{"name": without}]}
    assert where == ("note", "metadata.told", "lineItems.0.name")


def test_an_imported_record_loses_the_card_numbers_of_its_texts_and_nothing_else() -> None:
    fields = {
        "reference": GROUPED,
        "note": f"paid with {VISA}",
        "metadata": {"card": GROUPED, "barcode": "4006381333931"},
        "lineItems": [{"name": f"Plan {VISA}", "itemId": VISA, "quantity": 1}],
        "payments": [{"reference": GROUPED}],
    }
    masked, where = with_cards_masked(OrderShape, fields)
    assert where == ("note", "metadata.card", "lineItems.0.name", "payments.0.reference")
    assert masked == {
        "reference": GROUPED,  # refused with the record: masked, two orders could become one
        "note": "paid with ••••4242",
        "metadata": {"card": "••••4242", "barcode": "4006381333931"},
        "lineItems": [{"name": "Plan ••••4242", "itemId": VISA, "quantity": 1}],
        "payments": [{"reference": "••••4242"}],
    }
    clean = {"reference": "1", "note": "no card"}
    assert with_cards_masked(OrderShape, clean) == (clean, ())
    deep: dict[str, Any] = {"note": VISA}
    for _ in range(100_000):
        deep = {"note": deep}
    assert with_cards_masked(OrderShape, deep)[1] == ()


async def test_no_error_repeats_thirteen_digits(shop: Agent) -> None:
    order_id = (await shop.order(idempotencyKey="first", note="barcode 4006381333931"))["orderId"]
    reused = await refused(
        shop, "create_order", {"lineItems": [{**PRO_PLAN, "itemId": VISA}], "idempotencyKey": "first"}
    )
    assert reused["code"] == "idempotency_key_reused"
    assert reused["this"]["fields"]["lines"][0]["itemId"] == "…4242"
    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_order", {"orderId": VISA}),
        ("get_order", {"orderId": order_id, "view": VISA}),
        ("get_customer", {"customerId": f"{VISA}-no-customer"}),
        ("apply_coupon", {"orderId": order_id, "couponCode": VISA}),
        ("search_orders", {"limit": int(VISA)}),
        ("search_orders", {"createdAfter": VISA}),
        ("search_orders", {VISA: 1}),
        ("create_order", {"lineItems": [{**PRO_PLAN, "quantity": VISA}]}),
        ("create_order", {"lineItems": [{**PRO_PLAN, "unitPriceMoney": {"amount": int(VISA)}}]}),
        ("create_order", {"lineItems": [{**PRO_PLAN, "unitPriceMoney": {"amount": float(VISA)}}]}),
        ("create_order", {"lineItems": [{**PRO_PLAN, "unitPriceMoney": {"amount": 1, "currency": VISA}}]}),
        ("create_order", {"lineItems": [PRO_PLAN], "metadata": {VISA: "x"}}),
        ("adjust_inventory", {"sku": VISA, "count": 1, "reason": "counted"}),
        ("pay_order", {"orderId": order_id, "paymentSourceTokens": [VISA]}),
    ]
    for tool, arguments in calls:
        assert VISA not in json.dumps(await refused(shop, tool, arguments)), tool


async def test_as_many_digits_as_a_card_has_are_taken_where_something_is_named_and_refused_where_people_write(
    shop: Agent,
) -> None:
    """Written out once, since the walk above believes each rule what it says of itself."""
    imei, looks_like_visa = "490154203237518", VISA
    saved = await shop.call("save_customer", name="Ada", reference=looks_like_visa, taxId=looks_like_visa)
    item = await shop.call("save_item", name="Phone", variants=[{"sku": imei, "priceMoney": {"amount": 100}}])
    order = await shop.order(
        lineItems=[{"itemId": imei}], customerId=saved["customer"]["customerId"], idempotencyKey=VISA
    )
    await shop.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
    sent = await shop.call("fulfill_order", orderId=order["orderId"], trackingNumber=looks_like_visa)
    full = await shop.call("get_order", orderId=sent["orderId"], view="full")
    assert full["fulfillments"][0]["trackingNumber"] == looks_like_visa
    assert item["item"]["variants"][0]["sku"] == imei
    for tool, arguments in (
        ("save_customer", {"phones": [VISA]}),
        ("save_customer", {"name": "Ada", "addresses": [{"country": "US", "postalCode": VISA}]}),
        ("save_customer", {"emails": [f"{VISA}@example.com"]}),
        ("search_customers", {"query": f"card {VISA}"}),
        ("update_order", {"orderId": order["orderId"], "note": VISA}),
        ("update_order", {"orderId": order["orderId"], "metadata": {"card": VISA}}),
        ("cancel_order", {"orderId": order["orderId"], "reason": "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2"}),
    ):
        error = await refused(shop, tool, arguments)
        assert error["message"].startswith("This looks like a card number, and card data is never stored (in "), tool
