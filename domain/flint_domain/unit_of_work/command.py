"""What a caller can ask for: commands that change, queries that read; both are frozen values."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from flint_domain.kernel.callers import Caller
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerns:
    """Whose records a command is about: erasing a person finds what was kept of it by them."""

    order_id: str | None = None
    customer_id: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """What to show of what a command did: the ids, and what no record tells afterwards. It is stored in the command's
    idempotency record, so that whoever settles last can show it.

    once is what only the first answer says and no record holds: a signing secret, a gift card's code.
    """

    once: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def concerns(self) -> Concerns:
        return Concerns()


class Command(Protocol):
    """Something that changes records, and shows what came of it.

    change runs in one transaction, may run again, and has no other effect. show makes the answer of what change
    returned, which is a ref, from the records of now: for the call, the replay and the recovery alike. name is unique
    among commands and never changes: records are shown by the command of the name that they keep.
    """

    name: ClassVar[str]
    ref: ClassVar[type[Ref]]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def change(self, work: Work) -> Ref: ...

    @staticmethod
    def show(tx: ReadTransaction, ref: Any, caller: Caller) -> dict[str, Any]: ...


class Query(Protocol):
    """Something that only reads, for this caller."""

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]: ...
