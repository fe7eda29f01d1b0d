"""The fulfillment toolset: hand over, amend, return, exchange, move a payment."""

from flint_tools.binding import ToolArguments

TOOLS: tuple[type[ToolArguments], ...] = ()
