"""Where `flint serve --http` listens, and what is set on the connections that it takes."""

import asyncio
import socket

import pytest

from flint_server.http.listening import CannotListen, listen_on


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
async def test_no_answer_waits_for_the_clients_acknowledgement(host: str) -> None:
    """Nagle's algorithm and delayed ACKs together cost some 40 ms a call: asyncio has to switch the former off."""
    switched_off = asyncio.get_running_loop().create_future()

    def taken(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        switched_off.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = listen_on(host, 0)
    server = await asyncio.start_server(taken, sock=listening)
    async with server:
        _, writer = await asyncio.open_connection(*listening.getsockname()[:2])
        assert await switched_off != 0
        writer.close()


def test_an_address_that_is_taken_is_refused_and_leaves_no_socket_open() -> None:
    with listen_on("127.0.0.1", 0) as first, pytest.raises(CannotListen, match="Choose another port with --port"):
        listen_on("127.0.0.1", first.getsockname()[1])
