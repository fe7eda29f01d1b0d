"""`flint serve`: the MCP server over stdio or HTTP, with its worker beside it; `flint worker`: the worker alone."""

import logging
import sys
from signal import Signals
from typing import TYPE_CHECKING

import anyio
import click

from flint_server.announcing import keep_announcing
from flint_server.clock import SystemClock
from flint_server.composition import Application, open_application
from flint_server.serving.stopping import on_stop
from flint_server.settings import Auth, Settings
from flint_server.worker import Pulse, work

if TYPE_CHECKING:
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.applications import Starlette

    from flint_server.http.guard import LocalKey

logger = logging.getLogger(__name__)


async def serve_stdio(settings: Settings) -> None:
    """Serve one client on standard input and output until it hangs up."""
    from flint_server.serving.stdio import client_wire

    if sys.stdin.isatty():
        click.echo(
            "Flint speaks MCP on standard input and output, and waits for a client to write: a client starts this "
            "command by itself.\nFor many clients use flint serve --http; Ctrl-C ends this.",
            err=True,
        )
    async with (
        open_application(settings) as application,
        client_wire() as (read_stream, write_stream),
        anyio.create_task_group() as group,
    ):
        group.start_soon(_beside, application, Pulse(), anyio.CancelScope())
        server = application.server
        await server.run(read_stream, write_stream, server.create_initialization_options())
        group.cancel_scope.cancel()


async def serve_http(settings: Settings, host: str, port: int, auth: Auth = "token") -> None:
    """Serve many clients on http://host:port/mcp until told to stop; calls and work under way are finished, within
    worker.GRACE. With "token" a call needs the data folder's local key, which is made when there is none.

    Raises NotLoopback for a host that others can reach, CannotListen for a port that is taken, and KeyUnusable.
    """
    from flint_server.http.app import MCP_PATH, WebServer
    from flint_server.http.connecting import how_to_connect
    from flint_server.http.guard import LocalKey
    from flint_server.http.listening import listen_on, origin_of, require_loopback, security_of
    from flint_server.http.local_key import local_key

    host = require_loopback(host)
    async with open_application(settings) as application:
        key_file = settings.local_key.absolute() if auth == "token" else None
        key = None if key_file is None else LocalKey(local_key(key_file), key_file)
        with listen_on(host, port) as listening:
            port = listening.getsockname()[1]
            pulse, beside = Pulse(), anyio.CancelScope()
            http = WebServer(_web_app(application, settings, security_of(host, port), key, pulse), host, port)

            def stop(number: Signals) -> None:
                logger.info("%s: finishing what is under way", number.name)
                http.handle_exit(number, None)  # the older era's streams watch for this very call, and end
                application.listen.close()
                beside.cancel()

            async with anyio.create_task_group() as group:
                group.start_soon(_beside, application, pulse, beside)
                with on_stop(stop):
                    url = origin_of(host, port) + MCP_PATH
                    click.echo(f"Flint listens on {url}", err=True)
                    for line in how_to_connect(url, key_file):
                        click.echo(line, err=True)
                    await http.serve([listening])
                beside.cancel()


async def work_alone(settings: Settings) -> None:
    """Do what is due without serving anybody, until told to stop; what is held then is finished, within GRACE."""
    async with open_application(settings) as application:
        scope = anyio.CancelScope()

        def stop(number: Signals) -> None:
            logger.info("%s: finishing what is under way", number.name)
            scope.cancel()

        with on_stop(stop), scope:
            click.echo(f"Flint's worker runs on {settings.folder}", err=True)
            await work(
                application.flint,
                application.courier,
                application.inbox,
                take_out_erased_words=application.store.take_out_erased_words,
            )


async def _beside(application: Application, pulse: Pulse, scope: anyio.CancelScope) -> None:
    """What runs beside the calls, until the scope is cancelled."""
    with scope:
        async with anyio.create_task_group() as group:
            group.start_soon(keep_announcing, application.announcer)
            if application.has_worker:
                erased_words = application.store.take_out_erased_words
                group.start_soon(work, application.flint, application.courier, application.inbox, pulse, erased_words)


def _web_app(
    application: Application,
    settings: Settings,
    security: "TransportSecuritySettings",
    key: "LocalKey | None",
    pulse: Pulse,
) -> "Starlette":
    from flint_server.http.app import web_app
    from flint_server.http.health import Health, processor_check, store_check, worker_check
    from flint_server.stripe_events.endpoint import StripeInbox

    flint, inbox = application.flint, application.inbox
    secrets = settings.stripe_webhook_secrets
    stripe = StripeInbox(secrets, None if inbox is None else inbox.keep, SystemClock())
    health = Health(
        {
            "store": store_check(application.store, flint.merchant_id),
            "worker": worker_check(pulse if application.has_worker else None),
            "processor": processor_check(
                flint.processor_name, hears_events=inbox is not None, has_secrets=bool(secrets)
            ),
        }
    )
    return web_app(application.server, security=security, key=key, stripe=stripe, health=health)
