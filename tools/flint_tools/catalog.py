"""The catalog toolset: save and search items, adjust stock."""

from flint_tools.binding import ToolArguments

TOOLS: tuple[type[ToolArguments], ...] = ()
