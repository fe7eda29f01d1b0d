"""What became of each record of an import."""

from dataclasses import dataclass
from typing import Literal

from flint_domain.kernel.errors import ErrorCode

RowState = Literal["made", "changed", "unchanged", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One thing that speaks against a record. param is the field's wire name, with numbers for places in lists."""

    code: ErrorCode
    message: str
    hint: str
    param: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What became of one record: its id, or everything that it was rejected for."""

    state: RowState
    record_id: str | None = None
    faults: tuple[RowFault, ...] = ()
