"""What a name that nothing here has is answered with.

Models send names that they know from other systems. The nearest spelling of such a name is often another thing: `stock`
is near `lowStockAt`, Stripe's `charge` (a payment) near `chargeIds` (shipping and fees), and who follows moves other
money or other units. So a name that is known to be sent (see sent_names) has a deliberate answer for the place where it
is sent; only what is a misspelling of a name is answered by its spelling.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from flint_tools.sent_names import MEANINGS, TOOLS_MEANT, Meaning

MISSPELLED = 0.8  # of difflib's ratio: one letter in five; less alike is more often another word

Nested = Mapping[str, Iterable[str]]
"""What the arguments of a place take themselves, by their names."""


_BY_NAME: dict[str, Meaning] = {name: meaning for meaning in MEANINGS for name in meaning.sent.split()}
_TOOL_BY_NAME = {name.replace("_", ""): meant for meant, names in TOOLS_MEANT.items() for name in names.split()}


def compared(name: str) -> str:
    """A name as it is compared: line_items, line-items and lineItems are one."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def answered(name: str, known: Iterable[str], nested: Nested, *, deliberate: bool = True) -> str:
    """The hint for a name that a place does not take: known is what it takes, nested what those take in turn.

    Not deliberate, the table is left out: a file's records are no tool's arguments.
    """
    takes = sorted(known)
    key = compared(name[:64])
    spelled = {compared(each): each for each in takes}
    if key in spelled:
        return f"did you mean {spelled[key]}?"
    meaning = _BY_NAME.get(key) if deliberate else None
    if meaning is not None:
        answer = next((answer for answer in meaning.answers if answer.fits(takes)), None)
        if answer is not None:
            return answer.hint or f"did you mean {answer.meant}?"
    within = next((holder for holder in takes if key in map(compared, nested.get(holder, ()))), None)
    if within is not None:
        return f"it stands in {within}"
    near = [] if meaning is not None else get_close_matches(key, spelled, n=1, cutoff=MISSPELLED)
    return f"did you mean {spelled[near[0]]}?" if near else f"it takes {', '.join(takes)}"


def tool_answered(name: str, tools: Iterable[str]) -> str:
    """The hint for a name that no tool has. Only a tool that is shown here is named."""
    shown = {compared(tool): tool for tool in tools}
    key = compared(name[:64])
    if key in shown:
        return f"did you mean {shown[key]}?"
    meant = _TOOL_BY_NAME.get(key)
    if meant is not None:
        there = [tool for tool in meant.split() if tool in shown.values()]
        return f"did you mean {' or '.join(there)}?" if there else "see tools/list"
    near = get_close_matches(key, shown, n=1, cutoff=MISSPELLED)
    return f"did you mean {shown[near[0]]}?" if near else "see tools/list"
