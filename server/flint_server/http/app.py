"""The web application: MCP, and beside it what Stripe and load balancers ask for."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from mcp.server import Server
from starlette.applications import Starlette

from flint_server.http.health import Health
from flint_server.http.stripe_inbox import StripeInbox
from flint_server.worker import GRACE

MCP_PATH = "/mcp"


def web_app(server: Server[Any], *, host: str, stripe: StripeInbox, health: Health) -> Starlette:
    """MCP on MCP_PATH with the SDK's own protections; the other routes bring theirs."""
    routes = [stripe.route(), *health.routes()]
    return server.streamable_http_app(streamable_http_path=MCP_PATH, host=host, custom_starlette_routes=routes)


class WebServer(uvicorn.Server):
    """uvicorn, told to stop by handle_exit alone: it raises each signal it listened to once more when it has ended,
    which would end the process before the store is closed."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                lifespan="on",
                ws="none",
                timeout_graceful_shutdown=int(GRACE),
            )
        )

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
