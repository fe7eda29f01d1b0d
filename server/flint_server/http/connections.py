"""Connections within bounds: requests that come in time, and so many connections for each client.

uvicorn has a deadline for a connection that is quiet between two requests, and none for one whose request never comes
to the end of its headers, or whose body nobody waits for.
"""

import asyncio
import logging
from collections import Counter
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN = 10.0  # seconds from the first byte (at first: from connecting) to the end of a request's headers
BODY_WITHIN = 12.0  # seconds from there to the end of its body: after the routes' own deadlines, which answer politely
CONNECTIONS_OF_A_CLIENT = 200  # more than agents of one machine hold, and below a process's usual 256 open files
CONNECTIONS = 400  # of all clients

_LOG = logging.getLogger(__name__)
_TOO_MANY = (
    b'{"error":{"code":"over_limit","message":"This client holds too many connections.",'
    b'"hint":"close connections that are not used, or use them again"}}'
)
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nconnection: close\r\n"
    b"retry-after: 1\r\ncontent-length: %d\r\n\r\n%b" % (len(_TOO_MANY), _TOO_MANY)
)


class Connections:
    """Who holds how many connections of one server. A client is its network address."""

    def __init__(
        self,
        of_a_client: int = CONNECTIONS_OF_A_CLIENT,
        in_all: int = CONNECTIONS,
        within: tuple[float, float] = (HEAD_WITHIN, BODY_WITHIN),
    ) -> None:
        self.of_a_client = of_a_client
        self.in_all = in_all
        self.within: dict[Any, float] = dict(zip((h11.IDLE, h11.SEND_BODY), within, strict=True))
        self._held: Counter[str] = Counter()

    def take(self, client: str) -> bool:
        """Count one more, if there may be one more."""
        if self._held[client] >= self.of_a_client or self._held.total() >= self.in_all:
            return False
        self._held[client] += 1
        return True

    def give_back(self, client: str) -> None:
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]

    def protocol(self) -> type[H11Protocol]:
        """What uvicorn makes one of for each connection."""

        class Bounded(BoundedProtocol):
            bounds = self

        return Bounded


class BoundedProtocol(H11Protocol):
    """uvicorn's own protocol, which closes a connection that is one too many or too slow with its headers."""

    bounds: ClassVar[Connections]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._address: str | None = None  # None for a connection that was not taken
        self._coming: Any = None  # what the client is sending, in h11's words; None between two requests
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self.bounds.take(address):
            _LOG.warning("a connection was refused: %s holds too many, or all clients together do", address)
            transport.write(_REFUSAL)
            transport.close()
            return
        self._address = address
        self._expect(h11.IDLE)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._expect(None)
        if self._address is not None:
            self.bounds.give_back(self._address)
            self._address = None

    def data_received(self, data: bytes) -> None:
        if self._address is None:
            return  # refused, and closing
        super().data_received(data)
        state = self.conn.their_state
        self._expect(state if state in self.bounds.within else None)

    def _expect(self, coming: Any) -> None:
        """Begin a deadline when something else begins to come; what is still coming keeps the one that it has."""
        if coming is self._coming:
            return
        self._coming = coming
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if coming is not None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.bounds.within[coming], self._give_up)

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            _LOG.info("a connection was closed: a request did not come to its end in time")
            self.transport.close()
