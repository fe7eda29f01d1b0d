"""Flint in a scripted run: time goes one step per call, and what is due happens before it."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from flint_domain.engine.engine import Around, Engine
from flint_domain.engine.flint import PLAIN, Call
from flint_domain.kernel.callers import LOCAL, Caller
from flint_domain.unit_of_work.command import Command, Query
from flint_server.clock import SteppingClock


class Scripted(Around):
    """Nothing runs in the background here, so the same calls give the same answers, ids and times included."""

    def __init__(
        self, engine: Engine, clock: SteppingClock, take_out_erased_words: Callable[[], Awaitable[int]]
    ) -> None:
        super().__init__(engine)
        self._clock = clock
        self._take_out_erased_words = take_out_erased_words
        self._turn = anyio.Lock()

    async def ask(self, query: Query, caller: Caller = LOCAL) -> dict[str, Any]:
        async with self._turn:
            await self._step()
            return await super().ask(query, caller)

    async def execute(self, command: Command, call: Call = PLAIN) -> dict[str, Any]:
        async with self._turn:
            await self._step()
            return await super().execute(command, call)

    async def _step(self) -> None:
        self._clock.step()
        await self.hear()
        await self.recover()
        await self.release_expired()
        await self._take_out_erased_words()
