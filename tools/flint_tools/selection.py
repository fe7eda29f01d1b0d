"""Which tools a server shows: by toolset, by name, or only those that read."""

from collections.abc import Sequence

from flint_tools import (
    catalog,
    coupons,
    customers,
    fulfillment,
    gift_cards,
    orders,
    payment_methods,
    payments,
    privacy,
    refunds,
    tax,
    webhooks,
)
from flint_tools.binding import Reading, ToolArguments, Writing

ALL_TOOLS: tuple[type[ToolArguments], ...] = (
    *orders.TOOLS,
    *coupons.TOOLS,
    *payments.TOOLS,
    *refunds.TOOLS,
    *customers.TOOLS,
    *payment_methods.TOOLS,
    *catalog.TOOLS,
    *fulfillment.TOOLS,
    *gift_cards.TOOLS,
    *privacy.TOOLS,
    *tax.TOOLS,
    *webhooks.TOOLS,
)

TOOLSETS: tuple[str, ...] = tuple(dict.fromkeys(tool.toolset for tool in ALL_TOOLS))

DEFAULT_TOOLSETS: tuple[str, ...] = (
    "orders",
    "coupons",
    "payments",
    "refunds",
    "customers",
    "catalog",
    "fulfillment",
)


class UnknownSelection(ValueError):
    """A toolset or tool of that name does not exist; the message lists those that do."""


def select(
    toolsets: Sequence[str] = DEFAULT_TOOLSETS, tools: Sequence[str] = (), *, read_only: bool = False
) -> dict[str, type[Reading] | type[Writing]]:
    """The chosen tools by name: whole toolsets ("all" for every one) and single tools; read_only wins over all.

    Raises UnknownSelection.
    """
    known = {tool.tool: tool for tool in ALL_TOOLS}
    for name in toolsets:
        if name not in (*TOOLSETS, "all"):
            raise UnknownSelection(f"there is no toolset {name!r}; have: all, {', '.join(TOOLSETS)}")
    for name in tools:
        if name not in known:
            raise UnknownSelection(f"there is no tool {name!r}; have: {', '.join(known)}")
    chosen: dict[str, type[Reading] | type[Writing]] = {}
    for name, tool in known.items():
        wanted = name in tools or "all" in toolsets or tool.toolset in toolsets
        if wanted and issubclass(tool, Reading | Writing) and (tool.read_only or not read_only):
            chosen[name] = tool
    return chosen
