"""`flint webhooks listen`: an endpoint on this machine that prints what it is sent, for who develops against it."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flint_server.places import default_folder
from flint_server.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from flint_domain.engine.engine import Engine

HOST = "127.0.0.1"
DESCRIPTION = "flint webhooks listen"
LARGEST_BODY = 1_000_000  # bytes; Flint's own stay below 20 kB


@click.group()
def webhooks() -> None:
    """Outgoing webhooks."""


@webhooks.command()
@click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path),
    envvar="FLINT_DATA",
    default=None,
    help="The same data folder as the server's.",
)
@click.option("--port", type=click.IntRange(1024, 65535), default=8787, show_default=True, help="Port on 127.0.0.1.")
@click.option("--events", default="*", show_default=True, help="Names of events, with commas between them.")
@click.option("--full", is_flag=True, help="Print whole bodies instead of one line each.")
def listen(folder: Path | None, port: int, events: str, full: bool) -> None:
    """Print deliveries until interrupted.

    Registers http://127.0.0.1:PORT/ as an endpoint and deletes it at the end. A running `flint serve` on the same
    folder delivers to it.
    """
    from flint_server.cli.run import run

    run(partial(receive, Settings(folder=folder or default_folder()), port, chosen_events(events), full=full))


def chosen_events(names: str) -> tuple[Any, ...]:
    """The filter of the command line. Raises click.BadParameter for an event that there is not."""
    from flint_domain.webhooks.events import EVENTS

    wanted = tuple(name.strip() for name in names.split(",") if name.strip())
    for name in wanted:
        if name not in EVENTS and name != "*":
            raise click.BadParameter(f"there is no event {name}; have: *, {', '.join(EVENTS)}")
    return wanted or ("*",)


async def receive(settings: Settings, port: int, events: tuple[Any, ...], *, full: bool) -> None:
    """Serve the endpoint until interrupted."""
    import uvicorn
    from anyio.lowlevel import checkpoint

    from flint_server.composition import open_application

    async with open_application(settings) as application:
        app = receiver(partial(registered, application.flint, port, events), full=full)
        config = uvicorn.Config(app, host=HOST, port=port, log_config=None, lifespan="on", ws="none")
        click.echo(f"Listening on http://{HOST}:{port}/ for {', '.join(events)}. Stop with Ctrl-C.", err=True)
        await uvicorn.Server(config).serve()
        # uvicorn raises the interrupt once more when it has ended. Let it arrive here, not in the middle of closing.
        await checkpoint()


@asynccontextmanager
async def registered(flint: "Engine", port: int, events: tuple[Any, ...]) -> AsyncGenerator[str]:
    """This receiver's endpoint while the block runs; gives its secret. One that an earlier run left is replaced."""
    from flint_domain.commands.webhooks import DeleteWebhookEndpoint, SaveWebhookEndpoint
    from flint_domain.queries.webhooks import ListWebhookEndpoints

    url = f"http://{HOST}:{port}/"
    for left in (await flint.ask(ListWebhookEndpoints()))["endpoints"]:
        if left["url"] == url and left.get("description") == DESCRIPTION:
            await flint.execute(DeleteWebhookEndpoint(endpoint_id=left["endpointId"]))
    made = await flint.execute(
        SaveWebhookEndpoint(url=url, events=events, description=DESCRIPTION, private_allowed=True)
    )
    try:
        yield made["secret"]
    finally:
        await flint.execute(DeleteWebhookEndpoint(endpoint_id=made["endpoint"]["endpointId"]))


def receiver(registration: "Callable[[], AbstractAsyncContextManager[str]]", *, full: bool) -> "Starlette":
    """The web application: it takes what is signed with the registration's secret, prints it, and refuses the rest.

    The endpoint lives as long as the application does. An interrupt ends the application first and cancels the command
    afterwards, so it is deleted in peace.
    """
    from standardwebhooks import Webhook, WebhookVerificationError
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    signatures: list[Webhook] = []

    @asynccontextmanager
    async def lifespan(_app: "Starlette") -> AsyncGenerator[None]:
        async with registration() as secret:
            signatures.append(Webhook(secret))
            yield

    async def take(request: "Request") -> "Response":
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return Response(status_code=413)
        try:
            event = signatures[0].verify(bytes(body), dict(request.headers))
        except (WebhookVerificationError, ValueError):
            click.echo("refused: the signature does not fit", err=True)
            return Response(status_code=401)
        click.echo(json.dumps(event, indent=2, ensure_ascii=False) if full else line_of(event))
        return Response(status_code=204)

    return Starlette(routes=[Route("/", take, methods=["POST"])], lifespan=lifespan)


def line_of(event: dict[str, Any]) -> str:
    """One line about an event. What people wrote is left out: a terminal is not the place for it."""
    data = event.get("data", {})
    parts = [event.get("timestamp"), event.get("type"), data.get("orderId"), f"v{event.get('orderVersion')}"]
    return "  ".join(str(part) for part in [*parts, data.get("status", "")])
