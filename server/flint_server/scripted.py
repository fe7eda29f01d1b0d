"""A Flint for scripted runs: time goes one step per call, and what is due happens before it."""

from typing import Any

import anyio

from flint_domain.engine.flint import PLAIN, Call, Flint
from flint_domain.unit_of_work.command import Command, Query
from flint_domain.unit_of_work.ports import Processor, Store, TaxService
from flint_server.clock import SteppingClock


class ScriptedFlint(Flint):
    """Nothing runs in the background here, so the same calls give the same answers, ids and times included."""

    def __init__(
        self,
        store: Store,
        processor: Processor,
        clock: SteppingClock,
        merchant_id: str,
        exposed: frozenset[str],
        *,
        taxes: TaxService | None = None,
    ) -> None:
        super().__init__(store, processor, merchant_id, exposed, taxes=taxes)
        self._clock = clock
        self._turn = anyio.Lock()

    async def ask(self, query: Query) -> dict[str, Any]:
        async with self._turn:
            await self._step()
            return await super().ask(query)

    async def execute(self, command: Command, call: Call = PLAIN) -> dict[str, Any]:
        async with self._turn:
            await self._step()
            return await super().execute(command, call)

    async def _step(self) -> None:
        self._clock.step()
        await self.hear()
        await self.recover()
        await self.release_expired()
