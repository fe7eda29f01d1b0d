"""paymentSourceToken or paymentSourceTokens: some tools take one source, some a list, and either word is understood."""

from typing import Any, cast

from flint_domain.kernel.errors import Refused

ONE, SEVERAL = "paymentSourceToken", "paymentSourceTokens"


def with_sources_named(tool: str, known: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The arguments with the payment source under the name, and in the form, that the tool has for it.

    Both names together stay as they are, and are refused with the other unknown arguments. Raises Refused when a tool
    that takes one source is sent several.
    """
    right = ONE if ONE in known else SEVERAL
    sent = [name for name in (ONE, SEVERAL) if given.get(name) is not None]  # null is not given
    if right not in known or len(sent) != 1:
        return given
    value = given[sent[0]]
    if right == SEVERAL:
        is_json = isinstance(value, str) and value.lstrip()[:1] == "["  # as some clients send arrays
        value = [value] if isinstance(value, str) and not is_json else value
    elif isinstance(value, list):
        sources = cast("list[Any]", value)
        if len(sources) != 1:
            raise Refused(
                "invalid_argument",
                f"{tool} charges one source, and {len(sources)} were sent.",
                hint=f'send {right} as a string: "tok_…"',
                param=right,
            )
        value = sources[0]
    others = {name: item for name, item in given.items() if name not in (ONE, SEVERAL)}
    return {**others, right: value}
