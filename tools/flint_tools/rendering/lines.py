"""What the lines of every kind of answer are made of: headings, addresses, warnings, and objects without a layout."""

from collections.abc import Iterable, Iterator

from flint_tools.rendering.words import Facts, in_json, joined, labeled

Lines = Iterator[str]

_ADDRESS = ("name", "line1", "line2", "city", "region", "postalCode", "phone")


def said(label: str, words: str) -> Lines:
    """`Label: words`, or no line."""
    if words:
        yield f"{label}: {words}"


def under(heading: str, lines: Iterable[str]) -> Lines:
    """The lines below their heading; a single one beside it."""
    listed = list(lines)
    if len(listed) == 1:
        yield f"{heading}: {listed[0]}"
    elif listed:
        yield f"{heading}:"
        yield from (f" {line}" for line in listed)


def headline(answer: Facts) -> str:
    """The summary, and the currency of the amounts below it."""
    stated = f"Amounts in {answer.currency}." if answer.currency else ""
    return joined((answer.take("summary", ""), stated), " ")


def more(answer: Facts) -> Lines:
    """Where the list goes on."""
    yield from said("More with cursor", answer.text("nextCursor"))


def address(holder: Facts, field: str) -> str:
    """An address of the holder's; its parts are people's words."""
    fields = holder.take(field)
    return "" if fields is None else address_words(holder.inner(fields))


def address_words(facts: Facts) -> str:
    parts = [facts.words(part) for part in _ADDRESS]
    return joined((*parts, facts.text("country"), facts.rest()))


def metadata(holder: Facts) -> str:
    """The merchant's own keys and values, as JSON."""
    given = holder.take("metadata")
    return in_json(given) if given else ""


def warnings(holder: Facts) -> Lines:
    for warning in holder.take("warnings", ()):
        yield f"Warning: {warning.rstrip('.')}."


def plain_line(facts: Facts) -> str:
    """An object that has no layout of its own: its summary, and each of its fields by name."""
    return joined((facts.take("summary", ""), facts.rest()), " ")


def amounts_of(facts: Facts, labels: Iterable[tuple[str, str]]) -> str:
    """The amounts that there are, each with its word."""
    return joined(labeled(label, facts.money(field)) for field, label in labels)
