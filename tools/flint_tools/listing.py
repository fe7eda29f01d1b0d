"""What tools/list says of each tool, as it was made from the tool's class and reviewed.

To make it takes longer than all else of a start together, so it is kept in a file for each tool, in `listing/`. A test
holds the files to the classes.
"""

from pathlib import Path

from mcp.types import Tool as WireTool

from flint_tools.binding import AnyTool, wire_tool

FOLDER = Path(__file__).with_name("listing")


def listed(tool: AnyTool, *, described: bool = True) -> WireTool:
    """The tool as tools/list shows it; described says what its answers hold, where they are structured.

    One that has no file yet, because it is just being written, is made from its class.
    """
    try:
        text = (FOLDER / f"{tool.tool}.json").read_bytes()
    except FileNotFoundError:
        return wire_tool(tool, described=described)
    kept = WireTool.model_validate_json(text)
    return kept if described else kept.model_copy(update={"output_schema": None})
