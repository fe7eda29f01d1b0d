"""What tools/list says is kept in files, and a start builds no model for it."""

import subprocess
import sys
from pathlib import Path

import pytest

from flint_tools import listing
from flint_tools.binding import wire_tool
from flint_tools.listing import listed
from flint_tools.selection import select

TOOLS = select(["all"])


def test_the_list_says_what_the_files_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = (listing.FOLDER / "get_order.json").read_text(encoding="utf-8")
    assert "Read an order and what can be done." in said
    (tmp_path / "get_order.json").write_text(said.replace("Read an order", "Look an order up"), encoding="utf-8")
    monkeypatch.setattr(listing, "FOLDER", tmp_path)
    told = listed(TOOLS["get_order"])
    assert told == wire_tool(TOOLS["get_order"]).model_copy(update={"description": told.description})
    assert (told.description or "").startswith("Look an order up and what can be done.")


def test_a_tool_without_a_file_is_listed_from_its_class(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(listing, "FOLDER", tmp_path)
    for tool in TOOLS.values():
        assert listed(tool) == wire_tool(tool)


@pytest.mark.parametrize("name", TOOLS)
def test_answers_in_text_alone_are_not_described(name: str) -> None:
    assert listed(TOOLS[name], described=False) == wire_tool(TOOLS[name], described=False)


def test_a_server_that_lists_its_tools_has_built_no_model_of_them(tmp_path: Path) -> None:
    """To build them all takes as long as to import the SDK."""
    script = f"""
import anyio
from mcp import Client
from pathlib import Path
from flint_server.composition import open_application
from flint_server.settings import Settings
from flint_tools.selection import ALL_TOOLS

async def main():
    settings = Settings(folder=Path({str(tmp_path)!r}), toolsets=("all",))
    async with open_application(settings) as application, Client(application.server) as client:
        assert len((await client.list_tools()).tools) == len(ALL_TOOLS)
    models = [model for tool in ALL_TOOLS for model in (tool, tool.result)]
    print([model.__name__ for model in models if model.__pydantic_complete__])

anyio.run(main)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert ended.stdout == "[]\n"
