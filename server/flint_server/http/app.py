"""The web application: MCP, and beside it what Stripe and load balancers ask for."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from flint_server.http.connections import Connections
from flint_server.http.guard import Guard, LocalKey
from flint_server.http.health import Health
from flint_server.http.sessions import SESSION_IDLE, SESSIONS, FewSessions, InTime
from flint_server.stripe_events.endpoint import StripeInbox
from flint_server.worker import GRACE

MCP_PATH = "/mcp"


def web_app(
    server: Server[Any],
    *,
    security: TransportSecuritySettings,
    key: LocalKey | None,
    stripe: StripeInbox,
    health: Health,
) -> Starlette:
    """MCP on MCP_PATH, for whoever has the key when there is one; the other routes bring their own protection."""
    sessions = StreamableHTTPSessionManager(
        server, security_settings=security, session_idle_timeout=SESSION_IDLE, max_sessions=SESSIONS
    )
    mcp: ASGIApp = InTime(FewSessions(StreamableHTTPASGIApp(sessions)))
    if key is not None:
        mcp = Guard(mcp, key)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with sessions.run():
            yield

    # The guard is part of the route, so that no spelling of the path leads around it.
    return Starlette(routes=[Route(MCP_PATH, endpoint=mcp), stripe.route(), *health.routes()], lifespan=lifespan)


class WebServer(uvicorn.Server):
    """uvicorn, told to stop by handle_exit alone: it raises each signal it listened to once more when it has ended,
    which would end the process before the store is closed."""

    def __init__(self, app: ASGIApp, host: str, port: int, connections: Connections | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=(connections or Connections()).protocol(),
                log_config=None,
                lifespan="on",
                ws="none",
                timeout_graceful_shutdown=int(GRACE),
            )
        )

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
