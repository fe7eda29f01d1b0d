"""Bodies: frozen dataclasses to JSON text and back, exactly.

Defaults are left out, so a field with a default may be added without touching what is stored. Any other change of a
model raises its codec's schema number and brings an upgrade from the one before.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from flint_domain.catalog.model import Item
from flint_domain.coupons.model import Coupon
from flint_domain.customers.model import Customer
from flint_domain.gift_cards.model import Account
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Transfer
from flint_domain.settling import ERRANDS as REACTIONS
from flint_domain.tax_rates.model import TaxRate
from flint_domain.webhooks.model import Attempt, Endpoint

T = TypeVar("T")

JsonObject = dict[str, Any]
Upgrade = Callable[[JsonObject], JsonObject]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Codec(Generic[T]):
    """How one aggregate is written. upgrades[n] turns a body of schema n into one of schema n + 1."""

    def __init__(self, model: type[T], schema: int = 1, upgrades: Mapping[int, Upgrade] | None = None) -> None:
        self._model = model
        self._upgrades = upgrades or {}
        self.schema = schema

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self._model)

    def dump(self, value: T) -> str:
        """The body. Raises when a field holds what its type does not allow: such a body could not be read again."""
        return self._adapter.dump_json(value, exclude_defaults=True, warnings="error").decode()

    def load(self, body: str, schema: int) -> T:
        """The value as it was dumped, upgraded from an older schema. ValueError for a schema that is not known."""
        if schema == self.schema:
            return self._adapter.validate_json(body)
        fields: JsonObject = from_json(body)
        for number in range(schema, self.schema):
            fields = self._upgrades[number](fields)
        if schema > self.schema:
            raise ValueError(f"a body of schema {schema} was written by a newer Flint; this one knows {self.schema}")
        return self._adapter.validate_json(to_json(fields))


ORDER = Codec(Order)


def _key_named(fields: JsonObject) -> JsonObject:
    """Schema 1 of a transfer called its command's idempotency key receipt_key."""
    return {"idempotency_key" if name == "receipt_key" else name: value for name, value in fields.items()}


def _of_errand(fields: JsonObject) -> JsonObject:
    """Up to schema 2 errands were transfers: what one is about stood in the payment's place."""
    about = "payment_method" if fields["kind"] in ("attach", "detach") else "order"
    errand = {
        **fields,
        "errand_id": fields["transfer_id"],
        "subject": {"kind": about, "subject_id": fields["payment_id"]},
    }
    if fields["kind"] == "detach":
        errand["method_reference"] = fields.get("payment_reference") or ""
    return errand


TRANSFER = Codec(Transfer, 2, {1: _key_named})
ERRANDS = {kind: Codec(reaction.model, 3, {1: _key_named, 2: _of_errand}) for kind, reaction in REACTIONS.items()}
COUPON = Codec(Coupon)
TAX_RATE = Codec(TaxRate)
ITEM = Codec(Item)
CUSTOMER = Codec(Customer)
ACCOUNT = Codec(Account)
ENDPOINT = Codec(Endpoint)
DELIVERY_LOG = Codec(tuple[Attempt, ...])


def dump_object(value: JsonObject) -> str:
    """Wire fields as JSON text."""
    return to_json(value).decode()


def load_object(text: str) -> JsonObject:
    """Wire fields from their JSON text."""
    return from_json(text)


def micros(at: datetime) -> int:
    """Whole microseconds since 1970. Raises TypeError for a time without a zone."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The time, in UTC."""
    return _EPOCH + timedelta(microseconds=value)
