"""What callers read of an action: how to do it, with the bounds of what it needs, or why it cannot be done."""

from dataclasses import dataclass

from pydantic import Field

from flint_domain.kernel.wire import Id, MoneyView, WireModel


class LineBound(WireModel):
    """How much of an amount one line allows."""

    line_item_id: Id
    max: MoneyView


class Need(WireModel):
    """An argument the caller has to find. Every value inside its bounds is accepted."""

    name: str | None = Field(default=None, description="the tool's argument")
    any_of: list[str] | None = Field(default=None, description="instead of a name: at least one of these arguments")
    instead: str | None = Field(default=None, description="the argument that can be given in place of it")
    optional: bool | None = Field(default=None, description="true when the call works without it")
    max: MoneyView | None = Field(default=None, description="amounts from one minor unit to this are accepted")
    max_each: list[LineBound] | None = Field(
        default=None, description="the same for each of the lines that are named, together for several"
    )
    one_of: list[Id] | None = Field(default=None, description="the values that are accepted")


class AvailableAction(WireModel):
    """Something that can be done now: the tool, the arguments that are known, those that are needed."""

    action: str
    tool: str
    arguments: dict[str, Id] = Field(description="arguments to pass as they are")
    needs: list[Need] | None = Field(default=None, description="arguments to add")
    effect: str | None = Field(default=None, description="what the call does, in amounts of now")
    undo: str | None = Field(default=None, description="the tool that takes it back")


class BlockedAction(WireModel):
    """Something that cannot be done now, and what would change that."""

    action: str
    reason: str
    unblocked_by: str | None = Field(default=None, description="the tool that would make it possible")
    instead: str | None = Field(default=None, description="the tool that does it now")


@dataclass(frozen=True, slots=True)
class Hints:
    """idle names the blocked actions that short views leave out."""

    available: list[AvailableAction]
    blocked: list[BlockedAction]
    idle: frozenset[str] = frozenset()
