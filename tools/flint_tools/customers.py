"""The customers toolset: save, read, search, payment methods."""

from flint_tools.binding import ToolArguments

TOOLS: tuple[type[ToolArguments], ...] = ()
