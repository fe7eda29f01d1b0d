"""What grows with the customers and with the catalog: searching them, reading one with its history."""

from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import Any

from benchmarks.goods import REGULARS, Shelf, email_of, phone_of, postcode_of, regular

Ask = Callable[[str, dict[str, Any]], Awaitable[object]]

FEW_CUSTOMERS, FEW_ITEMS = 1_000, 200
PAGE = 5  # rows: few items share a word, and a page has to be as full with few as with many

# As with orders: words and values that give equally many rows however many are stored.
CUSTOMERS: dict[str, Callable[[int], dict[str, Any]]] = {
    "search_customers: a common word": lambda _: {"query": "garcia"},
    "search_customers: two common words": lambda _: {"query": "garcia agent", "limit": PAGE},
    "search_customers: the beginning of a word": lambda _: {"query": "gar"},
    "search_customers: a letter and a word": lambda _: {"query": "b garcia"},
    "search_customers: an e-mail": lambda number: {"email": email_of(number)},
    "search_customers: the words of an e-mail": lambda number: {"query": email_of(number)},
    "search_customers: a phone number": lambda number: {"query": phone_of(number)},
    "search_customers: a postcode": lambda number: {"postalCode": postcode_of(number)},
    "search_customers: newest, no words": lambda _: {},
}
ITEMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "search_items: a common word": lambda _: {"query": "walnut", "limit": PAGE},
    "search_items: two common words": lambda _: {"query": "large garden", "limit": 1},
    "search_items: a word and an option": lambda _: {"query": "walnut", "options": {"color": "red"}, "limit": PAGE},
    "search_items: a word, in stock": lambda _: {"query": "walnut", "inStock": True, "limit": PAGE},
    "search_items: an option": lambda _: {"options": {"color": "red"}},
    "search_items: a SKU": lambda number: {"itemId": Shelf.sku(number, "sand")},
    "search_items: newest, no words": lambda _: {},
}
HISTORY = "get_customer: with 20 orders"
NAMES = (*CUSTOMERS, HISTORY, *ITEMS)


def calls(ask: Ask, customers: int, items: int) -> dict[str, Callable[[], Awaitable[object]]]:
    """Each call by its name; which customer or item it is about is drawn anew each time."""
    random = Random(6)

    async def search(tool: str, asked: Callable[[int], dict[str, Any]], stored: int) -> None:
        await ask(tool, asked(random.randrange(stored)))

    async def history() -> None:
        await ask("get_customer", {"customerId": regular(random.randrange(REGULARS))})

    return {
        **{name: partial(search, "search_customers", asked, customers) for name, asked in CUSTOMERS.items()},
        **{name: partial(search, "search_items", asked, items) for name, asked in ITEMS.items()},
        HISTORY: history,
    }
