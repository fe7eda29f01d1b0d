"""The catalog toolset: save and search items, adjust stock."""

from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from flint_domain.catalog.model import AdjustmentReason
from flint_domain.catalog.rules import MAX_VARIANTS, VariantInput
from flint_domain.catalog.views import ItemList
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from flint_domain.kernel.text import IDENTIFIER, NAME, Unfit, written
from flint_domain.queries.catalog import SearchItems
from flint_tools.amounts import Count, CountChange, MoneyInput
from flint_tools.binding import Reading, ToolArguments, Writing
from flint_tools.checks import shown, unfit_argument, without_nulls, wrong
from flint_tools.results import ItemResult, StockResult
from flint_tools.types import (
    ClearableCategory,
    ClearableNote,
    ClearableReference,
    Cursor,
    Input,
    Items,
    Name,
    Note,
    Positive,
    Reference,
    SearchText,
    Uncarded,
    VariantId,
    Whole,
)

MAX_IMAGES = 20
MAX_URL = 2048
MAX_OPTION_NAME = 40
MAX_OPTION_VALUE = 100


def _image(value: str) -> str:
    try:
        address = urlsplit(value[: MAX_URL + 1])
    except ValueError:  # brackets that hold no IPv6 address
        address = None
    readable = len(value) <= MAX_URL and value.isascii() and value.isprintable() and " " not in value
    if address is None or not readable or address.scheme != "https" or not address.hostname:
        raise wrong(f"{shown(value)} is not an image's address.", "send addresses that begin with https://")
    return value


ImageUrl = Annotated[str, IDENTIFIER, AfterValidator(_image), Uncarded]


def _options(value: dict[str, str]) -> dict[str, str]:
    for name, chosen in value.items():
        if len(name) > MAX_OPTION_NAME or len(chosen) > MAX_OPTION_VALUE:
            raise wrong(
                "An option's name or value is too long.",
                f'send up to {MAX_OPTION_NAME} and {MAX_OPTION_VALUE} characters, such as {{"color": "red"}}',
            )
    return {_option_text(name, name): _option_text(name, chosen) for name, chosen in value.items()}


def _option_text(name: str, text: str) -> str:
    try:
        return written(text, NAME)
    except Unfit as unfit:
        raise unfit_argument(unfit, within=name) from None


Options = Annotated[dict[str, str], NAME, BeforeValidator(without_nulls), AfterValidator(_options)]
"""Values by option name."""


class VariantArgument(Input):
    """A variant; of one that exists only what changes."""

    variant_id: VariantId | None = None
    sku: ClearableReference | None = None
    options: Options | None = Field(default=None, description='{"color": "red"}')
    price_money: MoneyInput | None = None
    active: bool | None = None
    tracked: bool | None = Field(default=None, description="limit orders by stock")
    low_stock_at: Count | None = Field(default=None, description='5 or "1.5"; 0: off')
    stock: Count | None = Field(default=None, description="first count; later adjust_inventory")

    @model_validator(mode="after")
    def _counted(self) -> "VariantArgument":
        if self.stock is not None and self.tracked is False:
            raise wrong("tracked is false, and stock is given.", "leave one of them out")
        return self

    def to_domain(self) -> VariantInput:
        return VariantInput(
            variant_id=self.variant_id,
            sku=self.sku,
            options=self.options,
            price=None if self.price_money is None else self.price_money.price(),
            active=self.active,
            tracked=self.tracked,
            low_stock_at=self.low_stock_at,
            stock=self.stock,
        )


class SaveItemTool(Writing):
    tool: ClassVar[str] = "save_item"
    toolset = "catalog"
    description: ClassVar[str] = (
        "Make an item, or change what is given of one: variants match by variantId or SKU, others are added. Orders "
        "keep the price they were made with."
    )
    result = ItemResult
    idempotent = True

    item_id: Reference | None = Field(default=None, description="none: a new one")
    item_name: Name | None = Field(default=None, alias="name", description="for buyers")
    variants: Items[VariantArgument] = Field(default=(), max_length=MAX_VARIANTS, description="new ones with price")
    reference: ClearableReference | None = Field(default=None, description="your own id")
    description_text: ClearableNote | None = Field(default=None, alias="description", description="for buyers")
    images: Items[ImageUrl] | None = Field(default=None, max_length=MAX_IMAGES, description="https URLs")
    tax_category: ClearableCategory | None = Field(default=None, description="as tax rates have it")
    active: bool | None = Field(default=None, description="false: not sold")
    expected_version: Positive | None = Field(default=None, description="refuse if changed since")

    @model_validator(mode="after")
    def _version_of_something(self) -> "SaveItemTool":
        if self.expected_version is not None and self.item_id is None:
            raise wrong(
                "expectedVersion is given, and no itemId.",
                "name the item, or leave the version out",
                param="expectedVersion",
            )
        return self

    def command(self) -> SaveItem:
        return SaveItem(
            item_id=self.item_id,
            item_name=self.item_name,
            reference=self.reference,
            description=self.description_text,
            images=self.images,
            tax_category=self.tax_category,
            active=self.active,
            variants=tuple(variant.to_domain() for variant in self.variants),
            expected_version=self.expected_version,
        )


class SearchItemsTool(Reading):
    tool: ClassVar[str] = "search_items"
    toolset = "catalog"
    description: ClassVar[str] = (
        "Find items by words or options, with every variant that matches, or read one by itemId: price and stock, "
        "cheapest first. Order them by variantId or SKU."
    )
    result = ItemList

    query_text: SearchText | None = Field(default=None, alias="query", description="beginnings of words")
    item_id: Reference | None = Field(default=None, description="any id, SKU or reference")
    options: Options = Field(default_factory=dict, description='such as {"size": "M"}')
    in_stock: bool = Field(default=False, description="only what can be ordered")
    low_stock: bool = Field(default=False, description="only what runs low")
    include_inactive: bool = Field(default=False, description="also what is not sold")
    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="at most 100")
    cursor: Cursor | None = Field(default=None, description="nextCursor")

    @model_validator(mode="after")
    def _one_or_many(self) -> "SearchItemsTool":
        if self.item_id is not None and (self.query_text is not None or self.cursor is not None):
            raise wrong("itemId names one item, and query or cursor is given.", "give itemId or query", param="itemId")
        return self

    def query(self) -> SearchItems:
        return SearchItems(
            text=self.query_text,
            item_id=self.item_id,
            options=self.options,
            in_stock=self.in_stock,
            low_stock=self.low_stock,
            include_inactive=self.include_inactive,
            limit=self.limit,
            cursor=self.cursor,
        )


class AdjustInventoryTool(Writing):
    tool: ClassVar[str] = "adjust_inventory"
    toolset = "catalog"
    description: ClassVar[str] = (
        "Add or take away units of a variant, or set what was counted. From then on stock limits its orders, which "
        "move it by themselves."
    )
    result = StockResult

    variant_id: VariantId | None = Field(default=None, description="var_ id, or sku")
    sku: Reference | None = Field(default=None, description="its SKU")
    change: CountChange | None = Field(default=None, description='3, "1.5"; -3 takes away')
    count: Count | None = Field(default=None, description="or what is there now")
    reason: AdjustmentReason = Field(description="why")
    note: Note | None = Field(default=None, description="for people")

    @model_validator(mode="after")
    def _one_of_each(self) -> "AdjustInventoryTool":
        if (self.variant_id is None) is (self.sku is None):
            raise wrong("A variant is named by variantId or sku.", "give exactly one of them", param="variantId")
        if (self.change is None) is (self.count is None):
            raise wrong("Stock takes change or count, and not both.", "give exactly one of them", param="change")
        if self.change == 0:
            raise wrong("A change of zero changes nothing.", "give the units to add or to take away", param="change")
        return self

    def command(self) -> AdjustInventory:
        return AdjustInventory(
            variant_id=self.variant_id,
            sku=self.sku,
            change_by=self.change,
            count=self.count,
            reason=self.reason,
            note=self.note,
        )


TOOLS: tuple[type[ToolArguments], ...] = (SaveItemTool, SearchItemsTool, AdjustInventoryTool)
