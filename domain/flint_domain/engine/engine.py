"""What the outside asks of Flint, and how something is put around it: traces, a clock that goes by calls."""

from collections.abc import Sequence
from typing import Any, Protocol

from flint_domain.engine.flint import PLAIN, Call
from flint_domain.engine.transfers import Sight
from flint_domain.kernel.callers import LOCAL, Caller
from flint_domain.unit_of_work.command import Command, Query
from flint_domain.unit_of_work.ports import DueWork


class Engine(Protocol):
    """A Flint, or one with something around it. What each call does stands at Flint's own."""

    @property
    def merchant_id(self) -> str: ...
    @property
    def processor_name(self) -> str: ...

    async def ask(self, query: Query, caller: Caller = LOCAL) -> dict[str, Any]: ...
    async def execute(self, command: Command, call: Call = PLAIN) -> dict[str, Any]: ...
    async def recover(self) -> int: ...
    async def due_work(self, limit: int = 100) -> list[DueWork]: ...
    async def take_on(self, due: Sequence[DueWork]) -> int: ...
    async def look_up(self, due: DueWork) -> Sight: ...
    async def hear(self) -> int: ...
    async def release_expired(self) -> int: ...


class Around:
    """An engine that hands everything on to another. Whatever stands around Flint overrides what it has to say in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def merchant_id(self) -> str:
        return self._engine.merchant_id

    @property
    def processor_name(self) -> str:
        return self._engine.processor_name

    async def ask(self, query: Query, caller: Caller = LOCAL) -> dict[str, Any]:
        return await self._engine.ask(query, caller)

    async def execute(self, command: Command, call: Call = PLAIN) -> dict[str, Any]:
        return await self._engine.execute(command, call)

    async def recover(self) -> int:
        return await self._engine.recover()

    async def due_work(self, limit: int = 100) -> list[DueWork]:
        return await self._engine.due_work(limit)

    async def take_on(self, due: Sequence[DueWork]) -> int:
        return await self._engine.take_on(due)

    async def look_up(self, due: DueWork) -> Sight:
        return await self._engine.look_up(due)

    async def hear(self) -> int:
        return await self._engine.hear()

    async def release_expired(self) -> int:
        return await self._engine.release_expired()
