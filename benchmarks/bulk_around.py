"""Filling a store with customers, and with items in stock, many to a commit."""

from decimal import Decimal

from benchmarks.bulk import forget_words, index_words
from benchmarks.goods import CATEGORIES, COLORS, Crowd, Shelf
from flint_domain.catalog.model import Item, StockChange, Variant
from flint_domain.customers.model import Customer
from flint_domain.kernel.addresses import Address
from flint_domain.unit_of_work.ports import Transaction
from flint_server.db import DEFAULT_MERCHANT_ID, SqliteStore
from flint_server.db.sqlite.text_index import triggers

AT_ONCE = 5_000  # records in one commit
PLENTY = Decimal(10_000_000)  # units of each variant: no run empties them


async def fill_customers(store: SqliteStore, customers: int) -> None:
    """Add customers, each with an e-mail, a phone number and an address of their own. The last ones are the regulars
    that bulk.fill's orders name."""
    crowd = Crowd()
    await forget_words(store, "customers")
    for first in range(0, customers, AT_ONCE):

        def add(tx: Transaction, some: range = range(first, min(first + AT_ONCE, customers))) -> None:
            for number in some:
                assert tx.add_customer(_customer(tx, crowd, number, from_last=customers - 1 - number))

        await store.write(DEFAULT_MERCHANT_ID, add)
    await index_words(store, "customers", triggers("customers", "text"))


def _customer(tx: Transaction, crowd: Crowd, number: int, from_last: int) -> Customer:
    person = crowd.person(number)
    return Customer(
        customer_id=tx.new_id("cus"),
        merchant_id=tx.merchant_id,
        version=1,
        reference=crowd.reference(from_last) or f"crm-{number}",
        name=person.name,
        emails=(person.email,),
        phones=(person.phone,),
        addresses=(Address(country="US", line1="1 Main Street", city=person.city, postal_code=person.postal_code),),
        metadata={"channel": person.channel},
        created_at=tx.now,
        updated_at=tx.now,
    )


async def fill_items(store: SqliteStore, items: int) -> None:
    """Add items of three colours each, all of them counted."""
    shelf = Shelf()
    await forget_words(store, "items")
    for first in range(0, items, AT_ONCE):

        def add(tx: Transaction, some: range = range(first, min(first + AT_ONCE, items))) -> None:
            for number in some:
                _put(tx, _item(tx, shelf, number))

        await store.write(DEFAULT_MERCHANT_ID, add)
    await index_words(store, "items", triggers("items", "text"))


def _item(tx: Transaction, shelf: Shelf, number: int) -> Item:
    name, price = shelf.thing()
    return Item(
        item_id=tx.new_id("item"),
        merchant_id=tx.merchant_id,
        version=1,
        name=name,
        currency=tx.currency,
        reference=f"item-{number}",
        tax_category=CATEGORIES[number % len(CATEGORIES)],
        options=("color",),
        variants=tuple(
            Variant(variant_id=tx.new_id("var"), sku=shelf.sku(number, color), options={"color": color}, price=price)
            for color in COLORS
        ),
        created_at=tx.now,
        updated_at=tx.now,
    )


def _put(tx: Transaction, item: Item) -> None:
    tx.add_item(item)
    for variant in item.variants:
        tx.track_stock(variant.variant_id, item.item_id, tracked=True)
        counted = StockChange(
            change_id=tx.new_id("stk"),
            variant_id=variant.variant_id,
            available=PLENTY,
            reason="counted",
            actor="system",
            at=tx.now,
        )
        assert tx.move_stock(counted)
