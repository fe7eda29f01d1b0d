"""Who may speak MCP over HTTP: whoever sends the local key. The key itself is never logged and never repeated."""

import hmac
import logging
from dataclasses import dataclass, field
from pathlib import Path

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

_HEADER = b"authorization"
_SCHEME = b"bearer"


@dataclass(frozen=True, slots=True)
class LocalKey:
    """The key, and the file that a client finds it in."""

    key: str = field(repr=False)
    file: Path


class Guard:
    """Lets a request in when its header `Authorization: Bearer` carries the key, and answers 401 before reading any of
    its body when not.

    The challenge is a bare `Bearer`, without resource metadata: clients take metadata, and some take any 401, for an
    invitation to register themselves by OAuth, which there is none of here. The body says what to send instead.
    """

    def __init__(self, app: ASGIApp, local: LocalKey) -> None:
        self._app = app
        self._key = local.key.encode()
        self._key_file = local.file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._admits(scope):
            await self._app(scope, receive, send)
            return
        logger.info("a call without the local key was refused")
        await self._refusal(scope)(scope, receive, send)

    def _admits(self, scope: Scope) -> bool:
        given = _credentials(scope)
        # Compared in full whatever the first difference is: the time it takes tells nothing of the key.
        return len(given) == 1 and hmac.compare_digest(given[0], self._key)

    def _refusal(self, scope: Scope) -> JSONResponse:
        wrong = bool(_credentials(scope))
        error = {
            "code": "not_permitted",
            "message": "This is not the local key of this server." if wrong else "This server asks for its local key.",
            "hint": f"send the header `Authorization: Bearer flk_local_…` with the one line of {self._key_file}, "
            "which the user who runs the server can read",
        }
        # What is left of the body is not read, so the connection cannot be used again.
        headers = {"www-authenticate": "Bearer", "cache-control": "no-store", "connection": "close"}
        return JSONResponse({"error": error}, status_code=401, headers=headers)


def _credentials(scope: Scope) -> list[bytes]:
    """What each Authorization header gives after the word Bearer, or as it is when it is of another kind."""
    found: list[bytes] = []
    for name, value in scope["headers"]:
        if name == _HEADER:
            scheme, _, credential = value.partition(b" ")
            found.append(credential.strip() if scheme.lower() == _SCHEME else b"")
    return found
