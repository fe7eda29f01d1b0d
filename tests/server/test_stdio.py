"""Bytes on the wire of `flint serve` that no JSON parser takes: every caller that waits for an answer gets one."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.message import SessionMessage
from mcp.types import jsonrpc_message_adapter

from flint_server.serving.stdio import Answering
from tests.server.running import FLINT, PATIENCE

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bytes", "version": "1"}}
HOW = "send one JSON object on a line, in UTF-8, with no half of an emoji and no number of more than 18 digits"


class Wire:
    """The bytes to and from a server in a process of its own, in the older era."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        self._input = process.stdin
        self._said: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=self._listen, args=(process.stdout,), daemon=True).start()

    def _listen(self, output: Any) -> None:
        for line in output:
            self._said.put(json.loads(line))

    def send(self, line: bytes) -> None:
        self._input.write(line + b"\n")
        self._input.flush()

    def hear(self) -> dict[str, Any]:
        """The next answer, whatever it answers."""
        return self._said.get(timeout=PATIENCE)

    def ask(self, line: bytes) -> dict[str, Any]:
        self.send(line)
        return self.hear()

    def works(self) -> bool:
        """Whether the next answer is that of a good call: nothing else was said before."""
        return self.ask(call(b"{}", number=b"77"))["id"] == 77


def call(arguments: bytes, number: bytes = b"1") -> bytes:
    start = b'{"jsonrpc":"2.0","id":' + number
    return start + b',"method":"tools/call","params":{"name":"search_orders","arguments":' + arguments + b"}}"


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    command = [*FLINT, "serve", "--data", str(tmp_path_factory.mktemp("shop"))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as server:
        wire = Wire(server)
        hello = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}).encode()
        assert wire.ask(hello)["result"]["protocolVersion"] == "2025-11-25"
        wire.send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        yield wire
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(PATIENCE) == 0


UNREADABLE = {
    "half an emoji": (
        call(rb'{"query":"Party \ud83d"}'),
        "This line is not JSON that can be read: unexpected end of hex escape at line 1 column 114.",
    ),
    "a number of 5,000 digits": (
        call(b'{"limit":' + b"9" * 5_000 + b"}"),
        "This line is not JSON that can be read: number out of range at line 1 column 4402.",
    ),
    "bytes that are not UTF-8": (call(b'{"query":"Caf\xe9"}'), "This line is not UTF-8."),
}


@pytest.mark.parametrize("of", UNREADABLE)
def test_a_call_that_no_parser_takes_is_answered_under_its_own_id(wire: Wire, of: str) -> None:
    line, message = UNREADABLE[of]
    answer = wire.ask(line)
    assert (answer["id"], answer["error"]["code"]) == (1, -32700)
    assert answer["error"]["data"] == {"code": "unreadable_message", "hint": HOW}
    assert answer["error"]["message"] == message
    assert wire.works()


def test_an_id_of_text_is_found_too(wire: Wire) -> None:
    assert wire.ask(call(rb'{"query":"\ude00"}', number=b'"call-7"'))["id"] == "call-7"


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b'{"jsonrpc":"2.0","id":1,"method":',
        b"[" * 100_000,
        call(rb'{"query":"\ud83d"}', number=b"9" * 5_000),
        call(rb'{"query":"\ud83d"}', number=rb'"\ud83d"'),
        call(rb'{"query":"\ud83d"}', number=b"true"),
        b"\xff\xfe\x00",
    ],
    ids=["words", "cut off", "deep", "an endless id", "half an emoji as id", "an id that is true", "no text"],
)
def test_what_has_no_id_that_can_be_found_is_answered_under_none(wire: Wire, line: bytes) -> None:
    answer = wire.ask(line)
    assert (answer["id"], answer["error"]["code"]) == (None, -32700)
    assert wire.works()


@pytest.mark.parametrize("line", [b"[]", b"7", b'{"hello":"flint"}', b'{"jsonrpc":"1.0","id":1,"method":"ping"}'])
def test_json_that_is_no_message_is_an_invalid_request(wire: Wire, line: bytes) -> None:
    answer = wire.ask(line)
    assert (answer["id"], answer["error"]["code"]) == (None, -32600)
    assert answer["error"]["message"] == "This line is JSON and no message of JSON-RPC."
    assert wire.works()


@pytest.mark.parametrize("number", [b"null", b"1.5", b"true", b"{}"])
def test_a_request_whose_id_is_none_that_an_answer_could_carry_is_answered_all_the_same(
    wire: Wire, number: bytes
) -> None:
    answer = wire.ask(call(b"{}", number=number))
    assert (answer["id"], answer["error"]["code"]) == (None, -32600)
    assert answer["error"]["message"] == 'The request "tools/call" has no id that an answer could carry.'
    assert wire.works()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        rb'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,"reason":"\ud83d"}}',
        rb'{"jsonrpc":"2.0","id":5,"result":{"text":"\ud83d"}}',
    ],
    ids=["nothing", "blanks", "a notification", "an answer"],
)
def test_what_nobody_waits_for_is_not_answered(wire: Wire, line: bytes) -> None:
    wire.send(line)
    assert wire.works()


@pytest.mark.skipif(sys.platform == "win32", reason="the console decodes there")
def test_letters_of_all_the_world_arrive_as_they_were_sent(wire: Wire) -> None:
    answer = wire.ask(call('{"query":"Ünïcødé 漢字 🎉"}'.encode()))
    assert answer["result"]["structuredContent"]["orders"] == []


def test_the_modern_era_answers_before_its_first_request_too(tmp_path: Path) -> None:
    ran = subprocess.run(
        [*FLINT, "serve", "--data", str(tmp_path)],
        input=call(rb'{"query":"\ud83d"}') + b"\n",
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0
    answer = json.loads(ran.stdout)
    assert (answer["id"], answer["error"]["code"]) == (1, -32700)


# ── any line at all ──────────────────────────────────────────────────────────────────────────────────────────────────

ENVELOPE = ('{"jsonrpc":"2.0"', '"id":', '"id":7', '"method":"ping"', '"params":{', "{", "}", "[", "]", ",", ":", '"')
TROUBLE = ("\\ud83d", "\\u", "\udcff", "9" * 400, "1e999", "-", "NaN", "null", "true", "漢", "\x00", " ")
LINES = st.lists(st.sampled_from(ENVELOPE + TROUBLE), max_size=12).map("".join)


def answers_to(line: str) -> list[str]:
    """What goes out, as bytes would, for one line that comes in as the SDK reads it."""

    async def exchange() -> list[str]:
        to_us, coming = anyio.create_memory_object_stream[SessionMessage | Exception](1)
        going, from_us = anyio.create_memory_object_stream[SessionMessage](1)
        try:
            await to_us.send(SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False)))
        except ValueError as error:
            await to_us.send(error)
        to_us.close()
        async with Answering(coming, going) as stream, going:
            served = [message async for message in stream]
        async with from_us:
            out = [answer async for answer in from_us]
        assert len(served) + len(out) <= 1
        return [answer.message.model_dump_json(by_alias=True, exclude_unset=True) for answer in out]

    return anyio.run(exchange)


@given(LINES)
def test_whatever_comes_is_served_or_answered_and_every_answer_can_be_written(line: str) -> None:
    for answer in answers_to(line):
        said = json.loads(answer.encode())
        assert said["error"]["code"] in (-32700, -32600)
        assert said["error"]["data"]["code"] == "unreadable_message"
        assert said["error"]["data"]["hint"]
