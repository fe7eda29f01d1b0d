"""Which cells of a CSV file are which fields of a record: one table for reading and for writing.

A record is one row, or several with the same reference: each row holds one of each of its parts (a line, a payment, …),
the first one also what is of the record as a whole.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Form = Literal["text", "name", "money", "number", "flag", "whole", "words", "phones", "currency"]
"""How a cell is written: words are separated by blanks, phones by semicolons. A name is text that a spreadsheet may
have taken for a number, and spoiled: a reference, a SKU, the last digits of a card."""

KindName = Literal["customers", "items", "orders"]

NOTHING: Any = object()  # an empty cell says nothing


@dataclass(frozen=True, slots=True)
class Column:
    """A cell and the path of its field. empty is what an empty cell says, where it says anything."""

    name: str
    path: tuple[str, ...]
    form: Form = "text"
    empty: Any = NOTHING

    @property
    def above(self) -> tuple[str, ...]:
        """The objects that the field is in."""
        return self.path[:-1]

    @property
    def field(self) -> str:
        return self.path[-1] if self.path else ""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a record has several of. taxes is how the names of its tax columns begin; options, whether
    `option.<name>` columns are its options."""

    field: str
    columns: tuple[Column, ...]
    taxes: str | None = None
    options: bool = False
    removes: bool = False  # a record that has none of them, in a file that has their columns, loses those there are


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of record; metadata_empty is what an empty cell of a metadata column says."""

    columns: tuple[Column, ...]
    parts: tuple[Part, ...]
    metadata: bool = False
    metadata_empty: Any = NOTHING
    needed: frozenset[str] = frozenset({"reference"})  # what every file of the kind has
    names: tuple[str, ...] = field(init=False)
    without_numbers: frozenset[str] = field(init=False)  # columns whose digits are no number: names, phones, postcodes

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self._names()))
        columns = [*self.columns, *(column for part in self.parts for column in part.columns)]
        object.__setattr__(
            self, "without_numbers", frozenset(each.name for each in columns if each.form in ("name", "phones"))
        )

    def within(self, header: Collection[str]) -> "Layout":
        """The layout with the columns alone that a file has: most files have a few of them."""
        parts = (replace(part, columns=_within(part.columns, header)) for part in self.parts)
        return replace(
            self,
            columns=_within(self.columns, header),
            parts=tuple(part for part in parts if part.columns or part.options or _has_taxes(part, header)),
            metadata=self.metadata and any(name.startswith(METADATA) for name in header),
        )

    def _names(self) -> list[str]:
        names = [column.name for column in self.columns]
        for part in self.parts:
            names += [column.name for column in part.columns]
            names += [] if part.taxes is None else tax_names(part.taxes)
        return names


def _within(columns: tuple[Column, ...], header: Collection[str]) -> tuple[Column, ...]:
    return tuple(column for column in columns if column.name in header)


def _has_taxes(part: Part, header: Collection[str]) -> bool:
    return part.taxes is not None and any(name in header for name in tax_names(part.taxes))


def tax_names(prefix: str) -> list[str]:
    """The columns of a part's taxes: `taxName`, `taxPercent`, `taxInclusive`, `taxAmount`."""
    names = (f"{prefix}Tax{name}" for name in ("Name", "Percent", "Inclusive", "Amount"))
    return [name[0].lower() + name[1:] for name in names]


METADATA = "metadata."
OPTION = "option."


def _address(*above: str) -> tuple[Column, ...]:
    return (
        Column("addressName", (*above, "name")),
        *(Column(name, (*above, name)) for name in ("line1", "line2", "city", "region")),
        Column("postalCode", (*above, "postalCode"), "name"),
        Column("country", (*above, "country")),
    )


CUSTOMERS = Layout(
    columns=(
        Column("reference", ("reference",), "name"),
        Column("name", ("name",), empty=""),
        Column("emails", ("emails",), "words", []),
        Column("phones", ("phones",), "phones", []),
        Column("taxExempt", ("taxExempt",), "flag", False),
        Column("taxId", ("taxId",), "name", ""),
        Column("note", ("note",), empty=""),
    ),
    parts=(Part("addresses", _address(), removes=True),),
    metadata=True,
    metadata_empty=None,
)

ITEMS = Layout(
    columns=(
        Column("reference", ("reference",), "name"),
        Column("name", ("name",)),
        Column("description", ("description",), empty=""),
        Column("taxCategory", ("taxCategory",), empty=""),
        Column("active", ("active",), "flag"),
        Column("images", ("images",), "words", []),
    ),
    parts=(
        Part(
            "variants",
            (
                Column("sku", ("sku",), "name"),
                Column("price", ("priceMoney",), "money"),
                Column("currency", ("priceMoney", "currency"), "currency"),
                Column("variantActive", ("active",), "flag"),
                Column("tracked", ("tracked",), "flag"),
                Column("available", ("available",), "number"),
                Column("lowStockAt", ("lowStockAt",), "number"),
            ),
            options=True,
        ),
    ),
)

ORDERS = Layout(
    columns=(
        Column("reference", ("reference",), "name"),
        Column("createdAt", ("createdAt",)),
        Column("customerId", ("customerId",), "name"),
        Column("buyerEmail", ("buyerEmail",)),
        Column("currency", ("currency",), "currency"),
        Column("total", ("totalMoney",), "money"),
        *_address("shippingAddress"),
        Column("tip", ("tipMoney",), "money"),
        Column("fulfilledAt", ("fulfilledAt",)),
        Column("deliveredAt", ("deliveredAt",)),
        Column("canceledAt", ("canceledAt",)),
        Column("cancelReason", ("cancelReason",)),
        Column("closedAt", ("closedAt",)),
        Column("note", ("note",)),
    ),
    parts=(
        Part(
            "lineItems",
            (
                Column("itemId", ("itemId",), "name"),
                Column("name", ("name",)),
                Column("quantity", ("quantity",), "number"),
                Column("unitPrice", ("unitPriceMoney",), "money"),
                Column("discount", ("discountMoney",), "money"),
                Column("fulfilledQuantity", ("fulfilledQuantity",), "number"),
                Column("returnedQuantity", ("returnedQuantity",), "number"),
                Column("lineNote", ("note",)),
            ),
            taxes="",
        ),
        Part(
            "charges",
            (Column("chargeName", ("name",)), Column("chargeAmount", ("amountMoney",), "money")),
            taxes="charge",
        ),
        Part(
            "payments",
            (
                Column("paymentType", ("tender", "type")),
                Column("paymentBrand", ("tender", "brand")),
                Column("paymentLast4", ("tender", "last4"), "name"),
                Column("paymentAmount", ("amountMoney",), "money"),
                Column("paymentAt", ("createdAt",)),
                Column("paymentReference", ("reference",), "name"),
            ),
        ),
        Part(
            "refunds",
            (
                Column("refundAmount", ("amountMoney",), "money"),
                Column("refundAt", ("createdAt",)),
                Column("refundPayment", ("payment",), "whole"),
            ),
        ),
    ),
    metadata=True,
    needed=frozenset({"reference", "createdAt", "quantity", "unitPrice"}),
)

LAYOUTS: dict[KindName, Layout] = {"customers": CUSTOMERS, "items": ITEMS, "orders": ORDERS}
