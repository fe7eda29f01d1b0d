"""Where deliveries may go: names are looked up here, and judged by the domain's rules before anything is sent."""

import socket
from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread

from flint_domain.commands.webhooks import SaveWebhookEndpoint
from flint_domain.kernel.errors import Refused
from flint_domain.unit_of_work.command import Command
from flint_domain.webhooks.targets import Target, objection, parse_target

LOOKUP_DEADLINE = 5.0  # seconds
LOOKUPS_AT_ONCE = 32  # on threads of their own, so that a slow name server holds up no database and no other endpoint

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host and port. Raises OSError when the name has none."""


class TargetRefused(Exception):
    """Nothing is sent to this target; the message may be shown to callers."""


class Targets:
    """Finds the addresses of a target, and refuses those that are not for webhooks.

    private_allowed is the operator's leave for all endpoints (--allow-private-webhooks).
    """

    def __init__(self, *, private_allowed: bool = False, resolve: Resolver | None = None) -> None:
        self._private_allowed = private_allowed
        self._resolve = resolve or SystemResolver()

    async def addresses(self, target: Target, *, private_allowed: bool = False) -> list[str]:
        """The addresses to connect to, and no others: looking the name up again could give different ones.

        Raises TargetRefused.
        """
        try:
            with anyio.fail_after(LOOKUP_DEADLINE):
                addresses = await self._resolve(target.host, target.port)
        except (OSError, UnicodeError):  # TimeoutError is an OSError
            addresses = []
        if not addresses:
            raise TargetRefused("the host's name could not be resolved")
        wrong = objection(target, addresses, private_allowed=private_allowed or self._private_allowed)
        if wrong is not None:
            raise TargetRefused(wrong)
        return addresses

    async def vet(self, command: Command) -> None:
        """Refuse an endpoint whose host lies where nothing may be sent, so that it is known at once (see Flint.vet).

        A name that cannot be resolved yet is let through: it is looked up at every try. Raises Refused.
        """
        if not isinstance(command, SaveWebhookEndpoint) or command.url is None:
            return
        target = parse_target(command.url)
        try:
            with anyio.fail_after(LOOKUP_DEADLINE):
                addresses = await self._resolve(target.host, target.port)
        except (OSError, UnicodeError):
            addresses = []
        wrong = objection(target, addresses, private_allowed=command.private_allowed or self._private_allowed)
        if wrong is not None:
            raise Refused(
                "webhook_target_refused",
                f"Nothing can be sent to this url: {wrong}.",
                hint="use an https address on the internet; the operator may allow others (--allow-private-webhooks)",
                param="url",
            )


class SystemResolver:
    """The machine's own name resolution, in threads."""

    def __init__(self) -> None:
        self._limit: anyio.CapacityLimiter | None = None

    async def __call__(self, host: str, port: int) -> list[str]:
        if self._limit is None:  # a limiter belongs to the event loop it is first used in
            self._limit = anyio.CapacityLimiter(LOOKUPS_AT_ONCE)
        return await anyio.to_thread.run_sync(_look_up, host, port, limiter=self._limit, abandon_on_cancel=True)


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
