"""A web server on this machine that writes down what it is sent and answers what a test tells it to."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSListener
from pydantic_core import from_json


@dataclass(frozen=True)
class Request:
    """What arrived: header names in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return from_json(self.body)

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Answer:
    """status, or no answer at all while hold is not set; hang_up closes the connection instead."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hold: anyio.Event | None = None
    hang_up: bool = False


Answering = Callable[[Request], Answer]


class Receiver:
    """answering says what to answer; until it is set, everything is taken with 200."""

    def __init__(self, port: int, scheme: str = "http") -> None:
        self.port = port
        self.scheme = scheme
        self.requests: list[Request] = []
        self.answering: Answering = lambda _request: Answer()
        self.arrived = anyio.Event()
        self.most_at_once = 0
        self._at_once = 0

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def answers(self, *statuses: int, **headers: str) -> None:
        """Give these statuses in turn, the last one for good."""
        left = list(statuses)

        def answer(_request: Request) -> Answer:
            return Answer(left.pop(0) if len(left) > 1 else left[0], dict(headers))

        self.answering = answer

    async def until(self, count: int, path: str = "") -> None:
        """Wait until so many requests have arrived at paths that begin like this."""
        while sum(request.path.startswith(path) for request in self.requests) < count:
            await self.arrived.wait()

    def events(self, path: str = "") -> list[tuple[str, int]]:
        """Type and version of what arrived, in order."""
        return [
            (request.event["type"], request.event["orderVersion"])
            for request in self.requests
            if request.path.startswith(path)
        ]

    async def serve(self, stream: ByteStream) -> None:
        async with stream:
            try:
                request = await _read(stream)
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self.requests.append(request)
            self.arrived.set()
            self.arrived = anyio.Event()
            answer = self.answering(request)
            try:
                if answer.hold is not None:
                    await answer.hold.wait()
                if not answer.hang_up:
                    headers = {"content-length": "2", **answer.headers}
                    lines = [f"HTTP/1.1 {answer.status} -", *(f"{name}: {value}" for name, value in headers.items())]
                    await stream.send("\r\n".join([*lines, "", "ok"]).encode())
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass  # the sender did not wait
            finally:
                self._at_once -= 1


async def _read(stream: ByteStream) -> Request:
    text = b""
    while b"\r\n\r\n" not in text:
        text += await stream.receive()
    head, _, body = text.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += await stream.receive()
    return Request(first.split(" ")[1], headers, body)


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1 while the block runs."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.extra(SocketAttribute.local_port)
    receiver = Receiver(port, "http" if tls is None else "https")
    served = listener if tls is None else TLSListener(listener, tls, standard_compatible=False)
    async with served, anyio.create_task_group() as group:
        group.start_soon(served.serve, receiver.serve)
        yield receiver
        group.cancel_scope.cancel()
