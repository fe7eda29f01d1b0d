"""`flint serve`: the MCP server over stdio or HTTP, with its worker beside it."""

import logging
from ipaddress import ip_address

import anyio
import click
from anyio.abc import TaskGroup

from flint_server.announcing import keep_announcing
from flint_server.composition import Application, open_application
from flint_server.settings import Settings
from flint_server.worker import work

logger = logging.getLogger(__name__)

MCP_PATH = "/mcp"


class NotLoopback(ValueError):
    """The HTTP server has no authentication, so it listens to this machine only."""


async def serve_stdio(settings: Settings) -> None:
    """Serve one client on standard input and output until it hangs up."""
    from mcp.server.stdio import stdio_server

    async with (
        open_application(settings) as application,
        stdio_server() as (read_stream, write_stream),
        anyio.create_task_group() as group,
    ):
        _start_worker(group, application)
        server = application.server
        await server.run(read_stream, write_stream, server.create_initialization_options())
        group.cancel_scope.cancel()


async def serve_http(settings: Settings, host: str, port: int) -> None:
    """Serve many clients on http://host:port/mcp until interrupted.

    Raises NotLoopback for a host that others can reach.
    """
    import uvicorn

    _require_loopback(host)
    async with open_application(settings) as application:
        app = application.server.streamable_http_app(streamable_http_path=MCP_PATH, host=host)
        config = uvicorn.Config(app, host=host, port=port, log_config=None, lifespan="on", ws="none")
        http = uvicorn.Server(config)
        async with anyio.create_task_group() as group:
            _start_worker(group, application)
            click.echo(f"Flint listens on http://{host}:{port}{MCP_PATH}", err=True)
            await http.serve()
            group.cancel_scope.cancel()


def _start_worker(group: TaskGroup, application: Application) -> None:
    group.start_soon(keep_announcing, application.announcer)
    if application.has_worker:
        group.start_soon(work, application.flint)


def _require_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(f"{host} can be reached by others, and this server asks nobody who they are; use 127.0.0.1")
