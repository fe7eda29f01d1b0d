"""Where the HTTP server listens: on this machine only, and without waiting for more to send."""

import socket
from ipaddress import ip_address


class NotLoopback(ValueError):
    """The HTTP server has no authentication, so it listens to this machine only."""


class CannotListen(ValueError):
    """The address is taken, or not this machine's; the message says which."""


def require_loopback(host: str) -> None:
    """Raises NotLoopback for a host that others can reach."""
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(f"{host} can be reached by others, and this server asks nobody who they are; use 127.0.0.1")


def listen_on(host: str, port: int) -> socket.socket:
    """A socket that is bound and listens before anything is announced; port 0 takes any that is free.

    Its protocol is named, where socket.create_server() leaves it 0: asyncio switches Nagle's algorithm off
    (TCP_NODELAY) only where the protocol says TCP, and every answer waits for the client's delayed ACK otherwise, some
    40 ms.
    """
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
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --port"
        ) from None
    return listening
