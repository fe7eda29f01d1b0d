"""The agents' side: callers that buy, pay and refund at the same time, and repeat with its key what was cut off."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import anyio
from httpx2 import AsyncClient
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolRequest, CallToolRequestParams, CallToolResult

from tests.crash.life import Life
from tests.tools.agent import error_in

Answer = dict[str, Any]

RETRY_AFTER = 0.05  # seconds before a call that was refused as retryable is sent again
RETRIES = 200  # tries of one call, all retryable; then something hangs

WITH_METADATA = frozenset({"create_order", "save_customer"})
WITH_A_NOTE = frozenset({"issue_gift_card", "issue_store_credit", "adjust_inventory"})

# Refusals that this load can never earn: each would be a fault of Flint's, or a lost record.
UNDESERVED = frozenset(
    {"internal_error", "idempotency_key_reused", "not_found", "invalid_argument", "unknown_tool", "not_enabled"}
)


class Misbehaved(Exception):
    """The server lives and does not answer as it must."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An answer that a caller has: from then on it must never be untrue."""

    key: str
    tool: str
    life: int
    answer: Answer


@dataclass
class Notebook:
    """What the driver writes down, on its own side of the wire."""

    acknowledged: list[Acknowledged] = field(default_factory=list[Acknowledged])
    refused: Counter[str] = field(default_factory=Counter[str])
    cut_off: int = 0
    repeated: int = 0
    asked: dict[str, tuple[str, Answer]] = field(default_factory=dict[str, tuple[str, Answer]])
    undeserved: list[str] = field(default_factory=list[str])


class Street:
    """Several agents in one shop. They outlive its server: new calls begin while the door is open, and a call that was
    cut off is sent again, with its key, to the next server."""

    def __init__(self, agents: int, random: Random) -> None:
        self.notes = Notebook()
        self.random = random
        self.agents = [Agent(self, number, Random(random.random())) for number in range(agents)]
        self.orders: list[str] = []
        self._door = anyio.Event()
        self._life: Life | None = None
        self._opened = anyio.Event()
        self.resting = 0

    @property
    def all_rest(self) -> bool:
        return self.resting == len(self.agents)

    def open_door(self) -> None:
        self._door.set()

    def close_door(self) -> None:
        self._door = anyio.Event()

    async def enter(self) -> None:
        """Wait until new calls may begin."""
        self.resting += 1
        await self._door.wait()
        self.resting -= 1

    def serve(self, life: Life) -> None:
        """A server is there to be called."""
        self._life = life
        opened, self._opened = self._opened, anyio.Event()
        opened.set()

    async def life(self) -> Life:
        """The server that lives; waits for the next one when the last is dead."""
        while self._life is None or self._life.died.is_set():
            await self._opened.wait()
        return self._life


class Agent:
    """One caller with a connection of its own, who plays one story after the other."""

    def __init__(self, street: Street, number: int, random: Random) -> None:
        self.street = street
        self.number = number
        self.random = random
        self._calls = 0
        self._client: Client | None = None
        self._connected = anyio.Event()

    async def connect(self, life: Life) -> None:
        """Hold a connection to this server for as long as both live."""
        try:
            # Without TLS there is no need to load every certificate authority for each connection.
            http = AsyncClient(verify=False, timeout=None, headers=life.headers())
            async with http, Client(streamable_http_client(life.url, http_client=http)) as client:
                self._client = client
                self._connected.set()
                await anyio.sleep_forever()
        except Exception as error:
            await life.must_be_dying(error)
        finally:
            self._client = None
            self._connected = anyio.Event()

    async def call(self, action: str, tool: str, **arguments: Any) -> Answer | None:
        """Call a tool until there is an answer, always with the same key; None when it was refused."""
        await self.street.enter()
        self._calls += 1
        key = f"{action}-{self.number}-{self._calls}"
        arguments |= mark(tool, key)
        notes = self.street.notes
        notes.asked[key] = (tool, arguments)
        for attempt in range(RETRIES):
            life = await self.street.life()
            notes.repeated += attempt > 0
            answer = await self._send(life, tool, {**arguments, "idempotencyKey": key})
            if answer is None:
                notes.cut_off += 1
                await life.died.wait()
                continue
            error = answer.get("error")
            if error is None:
                notes.acknowledged.append(Acknowledged(key, tool, life.number, answer))
                return answer
            if not error["retryable"]:
                notes.refused[error["code"]] += 1
                if error["code"] in UNDESERVED:
                    notes.undeserved.append(f"{tool} {key}: {error}")
                return None
            await anyio.sleep(RETRY_AFTER)
        raise Misbehaved(f"{tool} {key} had no answer in {RETRIES} tries")

    async def _send(self, life: Life, tool: str, arguments: Answer) -> Answer | None:
        """The server's answer, or None when it died first."""
        with life.scope():
            try:
                while self._client is None:
                    await self._connected.wait()
                # Not call_tool(): every new client would list all tools first.
                request = CallToolRequest(params=CallToolRequestParams(name=tool, arguments=arguments))
                result = await self._client.session.send_request(request, CallToolResult)
            except Exception as error:
                await life.must_be_dying(error)
                return None
            if result.is_error:
                return {"error": error_in(result)}
            if result.structured_content is None:
                raise Misbehaved(f"{tool}: {result.content}")
            return result.structured_content
        return None

    async def live(self, stories: list["Story"]) -> None:
        """Play stories until cancelled."""
        while True:
            await self.random.choice(stories)(self)


Story = Callable[[Agent], Awaitable[None]]


def mark(tool: str, key: str) -> Answer:
    """What is made says which call has made it, so that a second one would be seen."""
    if tool in WITH_METADATA:
        return {"metadata": {"call": key}}
    return {"note": key} if tool in WITH_A_NOTE else {}
