"""The gift cards toolset: issue gift cards and store credit, read their ledgers."""

from flint_tools.binding import ToolArguments

TOOLS: tuple[type[ToolArguments], ...] = ()
