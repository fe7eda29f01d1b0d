"""What is far too much is refused before anything looks at what it says: the work is counted, not the time."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from flint_domain.kernel.errors import Refused
from flint_tools import checks
from flint_tools.arguments import parse
from flint_tools.bounds import MAX_CHARACTERS, MAX_DEPTH, MAX_ITEMS, MAX_VALUES, check_bounds
from flint_tools.orders import CreateOrderTool
from flint_tools.schemas import input_schema
from flint_tools.selection import select
from flint_tools.types import MAX_NOTE
from tests.tools.agent import PRO_PLAN, Agent
from tests.tools.refusals import HUGE
from tests.tools.walking import holding, leaves


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


TOO_MUCH: dict[str, tuple[dict[str, Any], str]] = {
    "a name of ten million characters": (
        {"lineItems": [{**PRO_PLAN, "name": "x" * 10_000_000}]},
        "The call's arguments hold more than 1000000 characters.",
    ),
    "an unknown argument's name of a million characters": (
        {"x" * 1_000_000: 1},
        "The call's arguments hold more than 1000000 characters.",
    ),
    "a million lines": (
        {"lineItems": [0] * 1_000_000},
        "The call's arguments hold more than 1000000 characters.",
    ),
    "two thousand lines": (
        {"lineItems": [PRO_PLAN] * 2_000},
        "lineItems has 2000 items; nothing takes more than 1000.",
    ),
    "two thousand lines as JSON text": (
        {"lineItems": json.dumps([0] * 2_000)},
        "lineItems has 2000 items; nothing takes more than 1000.",
    ),
    "two thousand keys": (
        {"metadata": {str(number): "" for number in range(2_000)}},
        "metadata has 2000 fields; nothing takes more than 1000.",
    ),
    "two thousand arguments": (
        {str(number): "" for number in range(2_000)},
        "The call has 2000 fields; nothing takes more than 1000.",
    ),
    "many thousand values in small arrays": (
        {"lineItems": [[0] * 100] * 999},
        "The call's arguments hold more than 50000 values.",
    ),
    "arrays within each other": (
        {"lineItems": deep(MAX_DEPTH)},
        "lineItems.0.0.0 holds arrays and objects within each other more than 32 times.",
    ),
    "arrays within each other as JSON text": (
        {"lineItems": json.dumps(deep(MAX_DEPTH))},
        "lineItems.0.0.0 holds arrays and objects within each other more than 32 times.",
    ),
    "a number of a million digits": (
        {"lineItems": [{**PRO_PLAN, "quantity": 1 << 4_000_000}]},
        "The call's arguments hold more than 1000000 characters.",
    ),
}


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What the tool's own checks were given."""
    seen: list[object] = []

    def validate(given: object) -> None:
        seen.append(given)
        raise AssertionError("the arguments were looked at")

    monkeypatch.setattr(CreateOrderTool, "model_validate", validate)
    yield seen


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_is_far_too_much_is_refused_before_a_tool_looks_at_it(what: str, looked_at: list[object]) -> None:
    arguments, message = TOO_MUCH[what]
    with pytest.raises(Refused) as refused:
        parse(CreateOrderTool, arguments)
    assert (refused.value.code, refused.value.message) == ("invalid_argument", message)
    assert looked_at == []


async def test_a_caller_reads_what_was_too_much_and_what_to_do(shop: Agent) -> None:
    error = await shop.error("create_order", lineItems=[{**PRO_PLAN, "name": "x" * 3_500_000}])
    assert error == {
        "code": "invalid_argument",
        "message": "The call's arguments hold more than 1000000 characters.",
        "hint": "send less in one call: an order takes up to 200 lines, a note up to 2000 characters",
        "retryable": False,
    }


class Counted(list[Any]):
    """An array that counts how many of its items were read."""

    read = 0

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            self.read += 1
            yield item


def test_no_item_of_too_long_an_array_is_read() -> None:
    items = Counted(["x"] * (MAX_ITEMS + 1))
    with pytest.raises(Refused):
        check_bounds({"lineItems": items})
    assert items.read == 0


def test_reading_stops_at_the_first_bound_that_is_passed() -> None:
    rows = [Counted(["x" * 1_000] * 100) for _ in range(100)]
    with pytest.raises(Refused, match=f"more than {MAX_CHARACTERS} characters"):
        check_bounds({"lineItems": rows})
    assert sum(row.read for row in rows) == 1_000  # ten rows of a hundred thousand characters
    rows = [Counted([0] * MAX_ITEMS) for _ in range(MAX_ITEMS)]
    with pytest.raises(Refused, match=f"more than {MAX_VALUES} values"):
        check_bounds({"lineItems": rows})
    assert sum(row.read for row in rows) == 50 * MAX_ITEMS


def test_an_array_is_not_read_after_its_first_wrong_item() -> None:
    with pytest.raises(ValidationError) as wrong:
        CreateOrderTool.model_validate({"lineItems": [{"amount": number} for number in range(MAX_ITEMS)]})
    assert {error["loc"][1] for error in wrong.value.errors() if len(error["loc"]) > 1} == {0}


def test_an_order_of_200_lines_with_long_notes_and_all_modifiers_is_within_the_bounds() -> None:
    money = {"amount": 2900, "currency": "USD"}
    line = {
        **PRO_PLAN,
        "note": "y" * 2_000,
        "quantity": 2,
        "modifiers": [{"name": "z" * 60, "amountMoney": money}] * 20,
        "taxRateIds": ["txr_01M83F4S48VPYRKAQ44XH2QJGQ"] * 10,
    }
    check_bounds({"lineItems": [line] * 200, "note": "n" * 2_000, "metadata": {str(n): "v" * 500 for n in range(50)}})


def test_a_number_of_thousands_of_digits_is_not_printed() -> None:
    with pytest.raises(Refused, match="quantity a very long number is out of range"):
        parse(CreateOrderTool, {"lineItems": [{**PRO_PLAN, "quantity": HUGE}]})


def test_no_text_is_read_for_its_characters_before_its_length_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field of each tool is sent 900,000 characters, which the bounds of the call let through."""
    read: list[int] = []

    def seen(work: Callable[..., Any]) -> Callable[..., Any]:
        return lambda text, *more: (read.append(len(text)), work(text, *more))[1]

    monkeypatch.setattr(checks, "written", seen(checks.written))
    monkeypatch.setattr(checks, "card_numbers", seen(checks.card_numbers))
    monkeypatch.setattr(checks, "holds_card_number", seen(checks.holds_card_number))
    tried = 0
    for tool in select(("all",)).values():
        for path in leaves(input_schema(tool), "string"):
            with pytest.raises(Refused):
                parse(tool, holding(path, "4 " * 450_000))
            tried += 1
    assert tried > 225
    assert max(read, default=0) <= MAX_NOTE
