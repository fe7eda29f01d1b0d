"""MCP on its one address, within bounds: a body that comes in time, and so many sessions for each client."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import anyio
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_WITHIN = 10.0  # seconds for a whole body; an agent sends its call at once
SESSION_IDLE = 30 * 60.0  # seconds without a request, and the transport ends a session of the older era
SESSIONS_OF_A_CLIENT = 250  # more than agents of one machine hold; the newer era has no sessions
SESSIONS = 1_000  # of all clients

_SESSION = b"mcp-session-id"


class InTime:
    """Answers 408 to a request whose body does not come within the deadline; what is read meanwhile is bounded by the
    transport."""

    def __init__(self, app: ASGIApp, body_within: float = BODY_WITHIN) -> None:
        self._app = app
        self._body_within = body_within

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        deadline = anyio.current_time() + self._body_within
        whole = False

        async def in_time() -> Message:
            nonlocal whole
            if whole:  # what comes now is the news that the client has left
                return await receive()
            with anyio.CancelScope(deadline=deadline) as scope_of_the_body:
                message = await receive()
                whole = message["type"] != "http.request" or not message.get("more_body", False)
                return message
            assert scope_of_the_body.cancelled_caught
            raise _TooSlow

        try:
            await self._app(scope, in_time, send)
        except _TooSlow:
            message = f"The body did not come within {self._body_within:g} seconds."
            await refusal(408, "request_too_slow", message, "send the whole request at once")(scope, receive, send)


class _TooSlow(Exception):
    """Raised out of receive(), before anything was done with the request."""


@dataclass(slots=True)
class _Session:
    client: str
    seen: float  # when its newest request began or ended, on the monotonic clock
    requests: int  # that are being served


class FewSessions:
    """Answers 503 to a client that holds as many sessions of the older era as it may, and wants one more.

    A client is its network address until callers have names. The transport opens and ends sessions by itself; what it
    does is read from its answers.
    """

    def __init__(
        self,
        app: ASGIApp,
        most: int = SESSIONS_OF_A_CLIENT,
        idle: float = SESSION_IDLE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._most = most
        self._idle = idle
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._opening: defaultdict[str, int] = defaultdict(int)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        client = (scope.get("client") or ("",))[0]
        named = headers.get(_SESSION, b"").decode("latin-1")
        if session := self._sessions.get(named):
            session.requests += 1
            try:
                await self._app(scope, receive, self._watching(send, named, scope["method"] == "DELETE"))
            finally:
                session.requests -= 1
                session.seen = self._clock()
            return
        if not named and self._held_by(client) + self._opening[client] >= self._most:
            message = f"This client holds {self._most} sessions, and no client may hold more."
            hint = "end sessions with DELETE when they are done, or speak protocol version 2026-07-28, which has none"
            await refusal(503, "over_limit", message, hint)(scope, receive, send)
            return
        self._opening[client] += 1
        try:
            await self._app(scope, receive, self._noting(send, client))
        finally:
            self._opening[client] -= 1
            if not self._opening[client]:
                del self._opening[client]

    def _held_by(self, client: str) -> int:
        """How many this client holds; those that were idle for too long the transport has ended."""
        now = self._clock()
        over = [name for name, one in self._sessions.items() if not one.requests and now - one.seen > self._idle]
        for name in over:
            del self._sessions[name]
        return sum(session.client == client for session in self._sessions.values())

    def _noting(self, send: Send, client: str) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < HTTPStatus.BAD_REQUEST:
                name = dict(message["headers"]).get(_SESSION, b"").decode("latin-1")
                if name:
                    self._sessions[name] = _Session(client, self._clock(), requests=0)
            await send(message)

        return noting

    def _watching(self, send: Send, name: str, ends: bool) -> Send:
        async def watching(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                if status == HTTPStatus.NOT_FOUND or (ends and status < HTTPStatus.BAD_REQUEST):
                    self._sessions.pop(name, None)
            await send(message)

        return watching


def refusal(status: int, code: str, message: str, hint: str) -> JSONResponse:
    """What is left of the body is not read, so the connection cannot be used again."""
    return JSONResponse(
        {"error": {"code": code, "message": message, "hint": hint}}, status_code=status, headers={"connection": "close"}
    )
