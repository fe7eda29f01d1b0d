"""`flint serve` in a process of its own: real bytes over stdio and HTTP, and data that outlives it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.running import FLINT, PATIENCE, call, connected, flint, served, served_http

LINES = [{"name": "Pro Plan", "unitPriceMoney": {"amount": 9900}}]


async def test_what_one_process_stored_the_next_one_reads(tmp_path: Path) -> None:
    async with served(tmp_path, "--toolsets", "orders", "--tools", "pay_order") as client:
        order = await call(client, "create_order", lineItems=LINES)
        paid = await call(client, "pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
    async with served(tmp_path, "--read-only") as client:
        read = await call(client, "get_order", orderId=order["orderId"])
        assert all(tool.annotations.read_only_hint for tool in (await client.list_tools()).tools if tool.annotations)
    assert read["activities"] == paid["order"]["activities"]
    assert read["status"] == "PAID"


def test_standard_output_carries_nothing_but_messages_and_hanging_up_ends_the_server(tmp_path: Path) -> None:
    """The older era, byte by byte, as a client without an SDK would write it."""
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bytes", "version": "1"}}
    requests = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "search_orders", "arguments": {}}},
    ]
    answers: dict[int, dict[str, object]] = {}
    command = [*FLINT, "serve", "--data", str(tmp_path), "--log-level", "debug"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for request in requests:
            server.stdin.write(json.dumps(request) + "\n")
            server.stdin.flush()
            if "id" in request:
                answer = json.loads(server.stdout.readline())
                answers[answer["id"]] = answer["result"]
        server.stdin.close()
        assert server.stdout.read() == ""
        assert server.wait(PATIENCE) == 0
    assert answers[1]["protocolVersion"] == "2025-11-25"
    assert answers[2]["structuredContent"] == {"summary": "0 orders.", "orders": []}
    assert answers[2]["content"] == [{"type": "text", "text": "0 orders."}]


async def test_a_server_is_told_what_to_answer_in(tmp_path: Path) -> None:
    async with served(tmp_path, "--answers", "text") as client:
        assert [tool.name for tool in (await client.list_tools()).tools if tool.output_schema] == []
        result = await client.call_tool("search_orders", {})
    assert result.structured_content is None
    assert [getattr(block, "text") for block in result.content] == ["0 orders."]  # noqa: B009 - a picture has none
    refused = flint("serve", "--data", tmp_path, "--answers", "poetry")
    assert refused.exit_code == 2
    assert "'poetry' is not one of 'both', 'text', 'structured'" in refused.output


async def test_many_clients_share_one_server_over_http(tmp_path: Path) -> None:
    with served_http(tmp_path) as address:
        async with connected(address, tmp_path) as modern, connected(address, tmp_path, mode="legacy") as older:
            assert modern.protocol_version == "2026-07-28"
            assert older.protocol_version == "2025-11-25"
            order = await call(modern, "create_order", lineItems=LINES)
            await call(older, "pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
            read = await call(modern, "get_order", orderId=order["orderId"])
    assert read["status"] == "PAID"


def test_a_port_that_is_taken_is_said_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = flint("serve", "--http", "--port", port, "--data", tmp_path)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: Flint cannot listen on 127.0.0.1:{port}: ")
    assert result.output.splitlines()[1:] == ["Choose another port with --port, or stop what listens there."]
    assert "Flint listens" not in result.output


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_on_a_terminal_the_server_says_what_it_waits_for(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    command = [*FLINT, "serve", "--data", str(tmp_path)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            assert server.stderr.readline() == (
                "Flint speaks MCP on standard input and output, and waits for a client to write: a client starts this "
                "command by itself.\n"
            )
            assert server.stderr.readline() == "For many clients use flint serve --http; Ctrl-C ends this.\n"
        finally:
            server.kill()
            os.close(ours)
            os.close(theirs)
