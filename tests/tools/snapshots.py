"""A file per tool with all that tools/list says of it: a change is seen in review, and it is what is served.

`python -m tests.tools.snapshots --write` writes them anew.
"""

import json
import sys

from flint_tools import listing
from flint_tools.binding import wire_tool
from flint_tools.selection import select
from tests.domain import command_names
from tests.tools import unknown_names

FOLDER = listing.FOLDER


def current() -> dict[str, str]:
    """What every tool looks like on the wire now, by its name, as a file would hold it."""
    tools = [
        wire_tool(tool).model_dump(mode="json", by_alias=True, exclude_none=True) for tool in select(["all"]).values()
    ]
    return {tool["name"]: json.dumps(tool, ensure_ascii=False, indent=2) + "\n" for tool in tools}


def stored() -> dict[str, str]:
    """What was committed."""
    return {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")}


def write() -> list[str]:
    """Write every tool's file and remove those of tools that are gone; the names of what changed."""
    before, now = stored(), current()
    for name, text in now.items():
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    for name in before.keys() - now.keys():
        (FOLDER / f"{name}.json").unlink()
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def main(arguments: list[str]) -> int:
    """0 when the files are as they should be, or were written."""
    if arguments == ["--write"]:
        FOLDER.mkdir(exist_ok=True)
        print("\n".join([*write(), *unknown_names.write(), *command_names.write()]) or "nothing changed")
        return 0
    differing = sorted(name for name in stored().keys() | current().keys() if stored().get(name) != current().get(name))
    print(f"differs: {', '.join(differing)}; --write writes them anew" if differing else "as committed")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
