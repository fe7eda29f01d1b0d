"""Standard input and output without threads: every line comes whole, whatever it is cut into, and no writer blocks."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from io import StringIO
from pathlib import Path

import anyio
import pytest

from flint_server.serving.pipes import LinesIn, LinesOut, kept_for_the_wire, waitable
from tests.server.running import FLINT, PATIENCE
from tests.server.test_stdio import call

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the SDK's threads serve there")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The end to read and the end to write."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


async def lines_of(pieces: list[bytes], pipe: tuple[int, int]) -> list[str]:
    """The lines that come out when these pieces come in, each after the one before was read."""
    source, target = pipe
    heard: list[str] = []

    async def hear() -> None:
        async for line in LinesIn(source):
            heard.append(line)

    async with anyio.create_task_group() as group:
        group.start_soon(hear)
        for piece in pieces:
            os.write(target, piece)
            await anyio.wait_all_tasks_blocked()
        os.close(target)
    return heard


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"one\ntwo\nthree\n"], ["one", "two", "three"]),
        ([b"o", b"ne", b"\nt", b"wo\n\nth", b"ree\n"], ["one", "two", "", "three"]),
        ([b"one\n", b"no end"], ["one", "no end"]),
        (["漢".encode()[:1], "漢".encode()[1:] + b"\n"], ["漢"]),
        ([b"Caf\xe9\n"], ["Caf\udce9"]),
        ([b"one\r\ntwo\rthree\n"], ["one\r", "two\rthree"]),
        ([], []),
    ],
    ids=["at once", "in pieces", "without an end", "a letter in two", "no UTF-8", "carriage returns", "nothing"],
)
async def test_lines_come_whole_whatever_they_are_cut_into(
    pieces: list[bytes], lines: list[str], pipe: tuple[int, int]
) -> None:
    assert await lines_of(pieces, pipe) == lines


async def test_a_line_may_be_longer_than_a_pipe(pipe: tuple[int, int]) -> None:
    source, target = pipe
    long = "x" * 1_000_000
    async with anyio.create_task_group() as group:
        group.start_soon(LinesOut(target).write, f"{long}\nnext\n")
        lines = LinesIn(source)
        assert [await anext(lines), await anext(lines)] == [long, "next"]


async def test_who_does_not_read_makes_the_writer_wait_and_nobody_else(pipe: tuple[int, int]) -> None:
    source, target = pipe
    async with anyio.create_task_group() as group:
        group.start_soon(LinesOut(target).write, "x" * 200_000 + "\n")
        await anyio.wait_all_tasks_blocked()  # it would never come back from a write that blocks the loop
        lines = LinesIn(source)
        assert len(await anext(lines)) == 200_000


async def test_a_pipe_that_somebody_has_made_non_blocking_serves_as_well(pipe: tuple[int, int]) -> None:
    for end in pipe:
        os.set_blocking(end, False)
    source, target = pipe
    async with anyio.create_task_group() as group:
        group.start_soon(LinesOut(target).write, "y" * 300_000 + "\n")
        assert len(await anext(LinesIn(source))) == 300_000


async def test_sockets_serve_as_pipes_do() -> None:
    """Node.js gives its children sockets for pipes."""
    near, far = socket.socketpair()
    with closing(near), closing(far):
        assert waitable(near) == near.fileno()
        async with anyio.create_task_group() as group:
            group.start_soon(LinesOut(far.fileno()).write, "z" * 900_000 + "\n")
            assert len(await anext(LinesIn(near.fileno()))) == 900_000


async def test_a_reader_that_has_gone_is_an_error_and_no_silence(pipe: tuple[int, int]) -> None:
    source, target = pipe
    os.close(source)
    with pytest.raises(BrokenPipeError):
        await LinesOut(target).write("who hears this?\n")


def test_what_others_print_does_not_reach_the_wire(capfd: pytest.CaptureFixture[str]) -> None:
    with kept_for_the_wire(1) as wire:
        os.write(wire, b"a message\n")
        os.write(1, b"a library's remark\n")
    os.write(1, b"and afterwards\n")
    assert capfd.readouterr() == ("a message\nand afterwards\n", "a library's remark\n")


def test_who_was_started_without_standard_error_is_served_all_the_same(tmp_path: Path) -> None:
    hello = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
    ran = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *FLINT, "serve", "--data", str(tmp_path / "shop")],
        input=hello + b'"clientInfo":{"name":"bytes","version":"1"}}}\n',
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
        check=False,
    )
    assert (ran.returncode, ran.stdout[:30]) == (0, b'{"jsonrpc":"2.0","id":1,"resul')


def test_files_and_what_has_no_descriptor_are_not_waited_for(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        assert waitable(file) is None
    with Path(os.devnull).open() as nothing:
        assert waitable(nothing) is None
    assert waitable(StringIO()) is None


def test_calls_out_of_a_file_are_answered_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "calls").write_bytes(call(rb'{"query":"\ud83d"}') + b"\n")
    with (tmp_path / "calls").open("rb") as calls, (tmp_path / "answers").open("wb") as answers:
        ran = subprocess.run(
            [*FLINT, "serve", "--data", str(tmp_path / "shop")],
            stdin=calls,
            stdout=answers,
            timeout=PATIENCE,
            check=False,
        )
    assert ran.returncode == 0
    assert b'"unreadable_message"' in (tmp_path / "answers").read_bytes()
