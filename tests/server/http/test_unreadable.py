"""Bodies that no JSON parser takes, over HTTP: answered at once, in both eras, and the server goes on."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.server.running import key_header, served_http
from tests.server.test_stdio import call

BODIES = {
    "half an emoji": call(rb'{"query":"Party \ud83d"}'),
    "a number of 5,000 digits": call(b'{"limit":' + b"9" * 5_000 + b"}"),
    "words": b"hello",
    "bytes that are not UTF-8": call(b'{"query":"Caf\xe9"}'),
    "nothing": b"",
    "deep": b"[" * 100_000,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("shop")
    with served_http(folder) as url:
        media = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        yield url, {**key_header(folder), **media}


@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("of", BODIES)
def test_a_body_that_no_parser_takes_is_answered_at_once(server: tuple[str, dict[str, str]], of: str, era: str) -> None:
    url, headers = server
    answer = httpx2.post(url, content=BODIES[of], headers={**headers, "MCP-Protocol-Version": era}, timeout=30)
    assert answer.status_code == 400
    # The newer era looks at the envelope before it looks at letters: half an emoji is the arguments' affair there.
    envelope = era == "2026-07-28" and of == "half an emoji"
    assert answer.json()["error"]["code"] == (-32602 if envelope else -32700)
    assert "Traceback" not in answer.text
