"""What the catalog's journeys start from: a T-shirt in three colors and two sizes, and a mug."""

from decimal import Decimal
from typing import Any

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.order.inputs import Amount
from flint_domain.queries.catalog import SearchItems
from tests.journeys.house import House

NOBODY = "01M83F4S48VPYRKAQ44XH2QJGQ"


def variant(sku: str | None = None, price: int | None = None, **fields: Any) -> VariantInput:
    """A variant of this price in the merchant's currency; options and the rest by name."""
    return VariantInput(sku=sku, price=None if price is None else Amount(amount=price), **fields)


SHIRTS = tuple(
    variant(f"TEE-{color[0].upper()}{size}", price, options={"color": color, "size": size})
    for color, size, price in (
        ("red", "S", 1900),
        ("red", "M", 2000),
        ("blue", "S", 1800),
        ("blue", "M", 2100),
        ("green", "M", 1950),
    )
)


async def save(house: House, **fields: Any) -> dict[str, Any]:
    """The item as saving it answers."""
    return (await house.do(SaveItem(**fields)))["item"]


async def a_shirt(house: House, **fields: Any) -> dict[str, Any]:
    known = {"item_name": "T-Shirt", "reference": "tee", "variants": SHIRTS, "tax_category": "clothing"}
    return await save(house, **{**known, **fields})


async def a_mug(house: House, units: int | str | None = None, *, sku: str = "MUG", price: int = 900) -> str:
    """The variant id of a mug, of which there are so many; None leaves it uncounted."""
    mug = await save(house, item_name="Coffee mug", variants=(variant(sku, price),))
    variant_id: str = mug["variants"][0]["variantId"]
    if units is not None:
        await house.do(AdjustInventory(variant_id=variant_id, count=Decimal(units), reason="received"))
    return variant_id


async def search(house: House, **query: Any) -> dict[str, Any]:
    return await house.ask(SearchItems(**query))


async def found(house: House, **query: Any) -> list[tuple[str, list[str]]]:
    """Names of the items that a search finds, each with the SKUs it shows."""
    listed = await search(house, **query)
    return [(item["name"], [each["sku"] for each in item["variants"]]) for item in listed["items"]]


async def counts(house: House, variant_id: str) -> tuple[Decimal, Decimal, Decimal]:
    """available, reserved, sold."""
    [item] = (await search(house, item_id=variant_id))["items"]
    [shown] = [each for each in item["variants"] if each["variantId"] == variant_id]
    available, reserved, sold = (Decimal(shown[name]) for name in ("available", "reserved", "sold"))
    return available, reserved, sold
