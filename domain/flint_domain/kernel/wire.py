"""The wire: camelCase models of what callers read, each field documented where it is declared."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel


class WireModel(BaseModel):
    """A value that callers read: snake_case here, camelCase in JSON."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
        extra="forbid",
        frozen=True,
        json_schema_mode_override="serialization",
        defer_build=True,  # most are never asked for, and all together take a fifth of a start
    )

    def to_wire(self, *, keep_empty: bool = True) -> dict[str, Any]:
        """The JSON object; keep_empty=False leaves out fields that are null."""
        return self.model_dump(mode="json", exclude_none=not keep_empty)


Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

Id = Annotated[str, WithJsonSchema({"type": ["string", "null"]})]
"""An id; null in the answer of a dry run, where the thing it names does not exist yet."""


class MoneyView(WireModel):
    amount: int = Field(description="integer minor units: 13824 USD is 138.24 US dollars")
    currency: str = Field(description="ISO 4217 code")


@lru_cache(maxsize=1024)
def money(amount: int, currency: str) -> MoneyView:
    """The amount as callers read it; kept, since an order shows its zeros and its total many times over."""
    return MoneyView(amount=amount, currency=currency)


def _quantity(value: Decimal) -> int | str:
    return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"


Quantity = Annotated[Decimal, PlainSerializer(_quantity, return_type=int | str)]
"""A number of units: an integer, or a decimal string such as "1.5"."""

Percent = Annotated[Decimal, PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str)]
"""A percentage as a decimal string: "8.25"."""


def _timestamp(value: datetime) -> str:
    text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")


Timestamp = Annotated[datetime, PlainSerializer(_timestamp, return_type=str)]
"""A moment in UTC, ISO 8601."""
