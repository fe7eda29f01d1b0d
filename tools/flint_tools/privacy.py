"""The privacy toolset: merge customers, erase personal data."""

from flint_tools.binding import ToolArguments

TOOLS: tuple[type[ToolArguments], ...] = ()
