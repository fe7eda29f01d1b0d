"""How a tool is declared, and what a model sees of it."""

from abc import abstractmethod
from typing import ClassVar

from mcp.types import Tool as WireTool
from mcp.types import ToolAnnotations
from pydantic import Field

from flint_domain.engine.flint import Call
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.wire import WireModel
from flint_domain.unit_of_work.command import Command, Query
from flint_tools.schemas import input_schema, output_schema
from flint_tools.types import IdempotencyKey, Input, Positive


class ToolArguments(Input):
    """A tool: the arguments are its fields, the class attributes what a model is told.

    toolset is the group that it is shown with. description is at most 250 characters: when to use it, and what it
    costs. destructive means that it takes something away for good, idempotent that sending it again changes nothing
    more, open_world that it asks the processor.
    """

    tool: ClassVar[str]
    toolset: ClassVar[str]
    description: ClassVar[str]
    result: ClassVar[type[WireModel]]
    read_only: ClassVar[bool] = False
    destructive: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    open_world: ClassVar[bool] = False

    @property
    def whole(self) -> bool:
        """Whether the answer is for programs: every field that is not null, and its text the JSON itself."""
        return False


class Reading(ToolArguments):
    """A tool that changes nothing."""

    read_only: ClassVar[bool] = True
    idempotent: ClassVar[bool] = True

    @abstractmethod
    def query(self) -> Query:
        """What the arguments ask for."""


class Writing(ToolArguments):
    """A tool that changes something."""

    idempotency_key: IdempotencyKey | None = Field(default=None, description="one per action; same to retry")
    dry_run: bool = Field(default=False, description="preview")

    @abstractmethod
    def command(self) -> Command:
        """What the arguments ask to be done."""

    def call(self, actor: str, caller: Caller) -> Call:
        return Call(key=self.idempotency_key, actor=actor, dry_run=self.dry_run, caller=caller)


class ChangingOrder(Writing):
    """A tool that changes an order that exists."""

    expected_version: Positive | None = Field(default=None, description="refuse if changed")


AnyTool = type[Reading] | type[Writing]


def wire_tool(tool: AnyTool, *, described: bool = True) -> WireTool:
    """The tool as tools/list shows it; described says what its answers hold, where they are structured."""
    return WireTool(
        name=tool.tool,
        description=tool.description,
        input_schema=input_schema(tool),
        output_schema=output_schema(tool.result, writes=not tool.read_only) if described else None,
        annotations=ToolAnnotations(
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent,
            open_world_hint=tool.open_world,
        ),
    )
