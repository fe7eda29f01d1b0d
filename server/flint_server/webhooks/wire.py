"""The wire of a delivery: one POST on a connection of its own, to addresses that were judged before."""

import ssl
from collections.abc import Iterable, Sequence

import httpcore2
from httpcore2 import AnyIOBackend, AsyncConnectionPool, AsyncNetworkBackend, AsyncNetworkStream, default_ssl_context

from flint_domain.webhooks.targets import Target

CONNECT_DEADLINE = 5.0  # seconds for one address of several

Headers = Sequence[tuple[bytes | str, bytes | str]]


class WireFault(Exception):
    """No answer came; the message says why and names no address, since callers may read it."""


class PinnedBackend(AsyncNetworkBackend):
    """A network on which only these addresses can be connected to, tried in their order.

    The URL keeps its host, so that the Host header, TLS's server name and the certificate are the host's own.
    """

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the base class's
        local_address: str | None = None,
        socket_options: "Iterable[httpcore2.SOCKET_OPTION] | None" = None,
    ) -> AsyncNetworkStream:
        fault: Exception | None = None
        for address in self._addresses:
            try:
                return await self._network.connect_tcp(address, port, CONNECT_DEADLINE, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failure:
                fault = failure
        raise fault or httpcore2.ConnectError("no address")


async def post(
    target: Target, addresses: Sequence[str], headers: Headers, body: bytes, tls: ssl.SSLContext | None
) -> tuple[int, list[tuple[bytes, bytes]]]:
    """The status and headers of the answer; its body is not read.

    The connection is closed afterwards: a kept one would be found again by host and port, whatever the next look-up
    says. Raises WireFault.
    """
    pool = AsyncConnectionPool(
        ssl_context=tls, max_connections=1, max_keepalive_connections=0, network_backend=PinnedBackend(addresses)
    )
    try:
        async with pool, pool.stream("POST", target.url, headers=headers, content=body) as response:
            return response.status, list(response.headers)
    except httpcore2.TimeoutException as failure:
        raise WireFault("the connection timed out") from failure
    except httpcore2.ConnectError as failure:
        if _is_tls(failure):
            raise WireFault("TLS failed: the certificate is not valid for this host, or expired") from failure
        raise WireFault("no connection could be made") from failure
    except httpcore2.NetworkError as failure:
        raise WireFault("the connection broke") from failure
    except httpcore2.ProtocolError as failure:
        raise WireFault("the answer was not HTTP") from failure


def tls_context() -> ssl.SSLContext:
    """The machine's trusted certificates; SSL_CERT_FILE and SSL_CERT_DIR replace them."""
    return default_ssl_context()


def _is_tls(failure: BaseException | None) -> bool:
    while failure is not None:
        if isinstance(failure, ssl.SSLError):
            return True
        failure = failure.__cause__ or failure.__context__
    return False
