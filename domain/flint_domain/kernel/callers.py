"""Who asks, and in what setting an action is judged beside its order."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. principal is whose idempotency keys and whose facts these are; tools are the names of those that the
    caller may use, None for every one there is.

    It comes with the call and reaches whatever depends on who asks, so that what is added here needs no other road.
    """

    principal: str = "local"
    tools: frozenset[str] | None = None

    def has(self, tool: str | None) -> bool:
        """Whether the caller may use the tool of this name."""
        return tool is not None and (self.tools is None or tool in self.tools)


LOCAL = Caller()  # the owner of the machine, who may do everything
NOBODY = Caller(principal="flint", tools=frozenset())  # Flint itself: recovery, the worker, what a processor answers


class Claim(NamedTuple):
    """An idempotency key and whose it is: another principal's equal key is another action."""

    principal: str
    key: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What guards judge by beside the order: who asks, and the instant."""

    caller: Caller
    now: datetime


NOBODYS = Setting(NOBODY, datetime.max.replace(tzinfo=UTC))  # of a look without a caller, after every term has run out
