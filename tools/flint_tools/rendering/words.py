"""How values read in a line of text: amounts in major units, people's words in JSON quotes, what else there is."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import Json
from flint_tools.rendering.structured import OWN_KEYS, is_money

# Written by Flint itself, and never by a buyer or a merchant.
_OURS = frozenset({"summary", "reason", "effect", "warnings", "what", "declineMessage", "failureMessage", "error"})
_SIMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+\-]{0,127}\Z")
_JSON = json.JSONEncoder(ensure_ascii=False)  # json.dumps makes one for each text
_SEPARATORS = re.compile("[\x7f-\x9f\u2028\u2029]")  # break a line, and JSON does not escape them


def quoted(text: str) -> str:
    """People's words: in JSON quotes, on one line."""
    return in_json(text)


def in_json(value: Any) -> str:
    """JSON on one line: a merchant's own keys are people's words as much as their values."""
    words = _JSON.encode(value)
    return words if words.isprintable() else _SEPARATORS.sub(lambda found: f"\\u{ord(found[0]):04x}", words)


def plain(text: str) -> str:
    """An id, a code or a state as it is; anything that could be a sentence in quotes."""
    return text if _SIMPLE.match(text) else quoted(text)


@lru_cache(maxsize=4096)
def major(amount: int, currency: str) -> str:
    """`46.13`, and a bare 0."""
    return format_money(amount, currency).removesuffix(f" {currency}") if amount else "0"


# What people wrote, and is in quotes even when it is a single word.
_PEOPLES = frozenset(
    {
        "name",
        "note",
        "cancelReason",
        "keptFor",
        "description",
        "line1",
        "line2",
        "city",
        "region",
        "phone",
        "email",
        "lineNames",
    }
)


class Facts:
    """The fields of one object of an answer. Each is taken by the line that says it; `rest` says those that are left,
    by their names, so that nothing is lost when a view gets a new field. new is what a dry run says for an id."""

    def __init__(self, fields: Mapping[str, Any], currency: str, *, new: str = "") -> None:
        self.new = new
        self.currency = fields.get("currency", currency)
        self.fields = fields
        self._left = dict(fields)

    def take(self, field: str, default: Any = None) -> Any:
        return self._left.pop(field, default)

    def peek(self, field: str) -> Any:
        return self._left.get(field)

    def object(self, field: str) -> "Facts":
        """An object inside this one; an empty one where there is none."""
        return self.inner(self.take(field) or {})

    def text(self, field: str) -> str:
        """An id or a state, or nothing."""
        value = self.take(field)
        return "" if value is None else plain(str(value))

    def id(self, field: str) -> str:
        """The id that a line begins with. In a dry run, what it would make has none yet."""
        return self.text(field) or self.new

    def words(self, field: str) -> str:
        """What somebody wrote, or nothing."""
        value = self.take(field)
        return "" if value is None else quoted(value)

    def flag(self, field: str, words: str) -> str:
        """The words if the field is true; nothing else is said of one that is false."""
        return words if self.take(field) else ""

    def money(self, field: str) -> str:
        value = self.take(field)
        return "" if value is None else self.amount(value)

    def amount(self, value: Mapping[str, Any]) -> str:
        """An amount without the currency that the text has stated, or with its own."""
        currency = value.get("currency", self.currency)
        words = major(value["amount"], currency)
        return words if currency == self.currency else f"{words} {currency}"

    def inner(self, fields: Mapping[str, Any]) -> "Facts":
        return Facts(fields, self.currency, new=self.new)

    def each(self, field: str) -> Iterator["Facts"]:
        """The objects of a list."""
        for fields in self.take(field, ()):
            yield self.inner(fields)

    def rest(self) -> str:
        """All that was not taken."""
        left, self._left = self._left, {}
        return ", ".join(f"{key} {self._said(key, value)}" for key, value in left.items())

    def _said(self, key: str, value: Json) -> str:
        match value:
            case dict() if is_money(value):
                return self.amount(value)
            case dict() if key in OWN_KEYS:
                return in_json(value)
            case dict():
                return f"({self.inner(value).rest()})"
            case list():
                return f"[{'; '.join(self._said(key, item) for item in value)}]"
            case bool():
                return "yes" if value else "no"
            case str() if key in _OURS:
                return value
            case str():
                return plain(value) if key not in _PEOPLES else quoted(value)
            case _:
                return str(value)


def joined(parts: Iterable[str], separator: str = ", ") -> str:
    """The parts that say something."""
    return separator.join(filter(None, parts))


def labeled(label: str, value: str) -> str:
    """`label value`, or nothing without a value."""
    return f"{label} {value}" if value else ""
