"""What a caller can ask for: commands that change, queries that read; both are frozen values."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from flint_domain.order.changes import FieldChange
from flint_domain.order.views import View
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.rows import RowOutcome
from flint_domain.unit_of_work.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What to show of a command's result; stored in its idempotency record, so that whoever settles last can show it.

    first_payment counts from the order's payments: a payment made by falling back to the next source is shown too.
    changes says what a command for many records did, a line for each; rows what became of each record of an import.
    changed is what an update or an amendment changed of its order, and None for other commands.
    once is what only the first answer says and no record holds: a signing secret, a gift card's code.
    """

    kind: str
    order_id: str | None = None
    payment_id: str | None = None
    first_payment: int | None = None
    refund_ids: tuple[str, ...] = ()
    coupon_code: str | None = None
    tax_rate_id: str | None = None
    amendment_id: str | None = None
    customer_id: str | None = None
    method_id: str | None = None
    item_id: str | None = None
    variant_id: str | None = None
    account_id: str | None = None
    endpoint_id: str | None = None
    delivery_id: str | None = None
    view: View = "summary"
    warnings: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    changed: tuple[FieldChange, ...] | None = None
    rows: tuple[RowOutcome, ...] = ()
    once: dict[str, str] = field(default_factory=dict[str, str], repr=False)


class Command(Protocol):
    """Something that changes records. change runs in one transaction, may run again, and has no other effect."""

    name: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def change(self, work: Work) -> Shown: ...


class Query(Protocol):
    """Something that only reads. exposed names the tools that hints may offer."""

    def read(self, tx: ReadTransaction, exposed: frozenset[str]) -> dict[str, Any]: ...
