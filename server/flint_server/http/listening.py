"""Where the HTTP server listens: on this machine only, and without waiting for more to send."""

import socket
from ipaddress import IPv4Network, ip_address

from mcp.server.transport_security import TransportSecuritySettings

from flint_server.troubles import OperatorFault

LOCALHOST = "localhost"
_LOOPBACK = IPv4Network("127.0.0.0/8")
_SAME = {LOCALHOST: ("127.0.0.1",), "127.0.0.1": (LOCALHOST,), "::1": (LOCALHOST,)}  # names for the same place
_DEFAULT_PORT = 80  # which clients leave out


class NotLoopback(OperatorFault):
    """The local key is for this machine only, so the server listens to this machine only."""


class CannotListen(OperatorFault):
    """The address is taken, or not this machine's; the message says which."""


def require_loopback(host: str) -> str:
    """The host as it is written in an address: localhost, ::1, or one of 127.0.0.0/8.

    Raises NotLoopback for a host that others can reach.
    """
    if host.lower() == LOCALHOST:
        return LOCALHOST
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    # No other form of these addresses: what a client is told to connect to is what is checked in its requests.
    if address is None or (str(address) != "::1" and address not in _LOOPBACK):
        raise NotLoopback(
            f"{host} is not a loopback address: others could reach it, and the local key is for this machine only.",
            hint="Use --host 127.0.0.1, localhost, ::1 or another address of 127.0.0.0/8.",
        )
    return str(address)


def origin_of(host: str, port: int) -> str:
    """The start of every address of this server, as a browser names its origin."""
    written = f"[{host}]" if ":" in host else host
    return f"http://{written}" if port == _DEFAULT_PORT else f"http://{written}:{port}"


def security_of(host: str, port: int) -> TransportSecuritySettings:
    """Which Host and Origin headers are taken: those of the address that is listened on, and of its name.

    A web page whose name was made to lead here (DNS rebinding) still sends its own name as Host, and a page of another
    server of this machine its own Origin. They are made from host and port, so that no host is without them.
    """
    names = {host, *_SAME.get(host, ())}
    origins = sorted(origin_of(name, port) for name in names)
    hosts = [origin.removeprefix("http://") for origin in origins]
    if port == _DEFAULT_PORT:
        hosts += [f"{name}:{port}" for name in hosts]
    return TransportSecuritySettings(enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins)


def listen_on(host: str, port: int) -> socket.socket:
    """A socket that is bound and listens before anything is announced; port 0 takes any that is free.

    Its protocol is named, where socket.create_server() leaves it 0: asyncio switches Nagle's algorithm off
    (TCP_NODELAY) only where the protocol says TCP, and every answer waits for the client's delayed ACK otherwise, some
    40 ms.
    """
    host_and_port = origin_of(host, port).removeprefix("http://")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_REUSEPORT"):  # Windows has none, and another meaning for SO_REUSEADDR
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"Flint cannot listen on {host_and_port}: {error.strerror or error}.",
            hint="Choose another port with --port, or stop what listens there.",
        ) from None
    return listening
