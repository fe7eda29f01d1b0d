"""Logs for operators: one line or one JSON object each, with the ids to follow, and without anybody's words or secrets.

Flint's own messages name ids, types and states only. What slips into one all the same is taken out here: keys, tokens,
card numbers, e-mail addresses, and the words of exceptions, which may quote what a caller sent. Other libraries are
heard from warnings on, since some of them write whole requests at lower levels.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Error as SqliteError
from typing import Literal, TextIO

from flint_domain.kernel.cards import card_numbers, passes_luhn
from flint_server.processors.stripe.keys import without_keys

LogFormat = Literal["json", "text"]
LEVELS = ("debug", "info", "warning", "error")

OURS = ("flint_domain", "flint_tools", "flint_server")
LONGEST_MESSAGE = 4_000  # characters

_TOKEN = re.compile(r"\b(?:tok|pm|card|src|ba)_[A-Za-z0-9_]{3,}")
_CLIENT_SECRET = re.compile(r"\b((?:pi|seti)_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_EMAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+\.[^\s@<>\"'(),;:=]+")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-]*\w)")
_A_CARD = "[a card number]"

# Ids that a message names are fields of their own, so that a log can be searched by them.
_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
_IDS = {
    "orderId": re.compile(rf"\bord_{_ULID}\b"),
    "customerId": re.compile(rf"\bcus_{_ULID}\b"),
    "transferId": re.compile(rf"\btrf_{_ULID}\b"),
    "paymentIntentId": re.compile(rf"\bpi_{_ULID}\b"),
    "refundId": re.compile(rf"\bref_{_ULID}\b"),
    "endpointId": re.compile(rf"\bwh_{_ULID}\b"),
    "deliveryId": re.compile(rf"\bwhd_{_ULID}\b"),
    "eventId": re.compile(r"\bevt_[A-Za-z0-9_]{4,}\b"),
    "requestId": re.compile(r"\breq_[A-Za-z0-9]{8,}\b"),
    "faultId": re.compile(r"\bfault_[A-Za-z0-9]+\b"),
}
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}\Z")

# What these say is about the machine, never about an order.
_SPEAKABLE = (SqliteError, OSError, TimeoutError, ImportError)

_about: ContextVar[Mapping[str, str]] = ContextVar("flint_log_ids", default={})  # noqa: B039 - never changed in place


@contextmanager
def about(**ids: str | None) -> Generator[None]:
    """Whatever is logged inside carries these ids. What does not look like an id is left out."""
    known = {name: value for name, value in ids.items() if value is not None and _PLAIN_ID.match(value)}
    token = _about.set({**_about.get(), **known})
    try:
        yield
    finally:
        _about.reset(token)


def redacted(text: str) -> str:
    """The text without anything that looks like a key, a token, a card number or an e-mail address."""
    text = without_keys(text)
    text = _CLIENT_SECRET.sub(r"\1_secret_[…]", text)
    text = _TOKEN.sub("[a token]", text)
    text = _BEARER.sub(r"\1 [a token]", text)
    text = _EMAIL.sub("[an e-mail address]", text)
    return _without_cards(text)


def _without_cards(text: str) -> str:
    """Without what a text of a caller's may not hold, and without any digits that a card could have: logs lose nothing
    by it."""
    for start, end in reversed(card_numbers(text)):
        text = f"{text[:start]}{_A_CARD}{text[end:]}"
    return _CARD.sub(lambda found: _A_CARD if passes_luhn(re.sub(r"\D", "", found[0])) else found[0], text)


class Redaction(logging.Filter):
    """Makes a record safe to be written by any formatter: message, exception and stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(_message_of(record))[:LONGEST_MESSAGE], None
        if record.exc_info:
            record.exc_text = _told(record.exc_info[1])
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redacted(record.stack_info)
        return True


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:
        return f"a message that could not be written ({record.pathname}:{record.lineno})"


def _told(error: BaseException | None) -> str | None:
    """An exception and what led to it: where it came from and its type; its words only where they are the machine's."""
    if error is None:
        return None
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        parts.append(f"{''.join(traceback.format_tb(error.__traceback__))}{_name_and_words(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(reversed(parts))


def _name_and_words(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    lines = [f"{name}: {redacted(str(error))}" if isinstance(error, _SPEAKABLE) else name]
    if isinstance(error, BaseExceptionGroup):
        group: BaseExceptionGroup[BaseException] = error  # pyright: ignore[reportUnknownVariableType]
        lines += [f"  with {_name_and_words(inner)}" for inner in group.exceptions]
    return "\n".join(lines)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the ids that are known."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
            **_about.get(),
        }
        for name, pattern in _IDS.items():
            found = pattern.search(message)
            if found is not None:
                line[name] = found[0]
        line |= _span_ids()
        told = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else None)
        if told:
            line["error"] = told
        if record.stack_info:
            line["stack"] = record.stack_info
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """One line for people, with the ids that the message does not name itself behind it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        ids = " ".join(f"{name}={value}" for name, value in _about.get().items() if value not in record.message)
        line = super().formatMessage(record)
        return f"{line} [{ids}]" if ids else line


def _span_ids() -> dict[str, str]:
    """The trace that is being recorded, if one is."""
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"traceId": format_trace_id(context.trace_id), "spanId": format_span_id(context.span_id)}


def configure(
    level: str, style: LogFormat = "text", stream: TextIO | None = None, *, file: Path | None = None
) -> logging.Handler:
    """Send all logs to standard error, or to a file that is made with the first of them. level is Flint's own; other
    libraries' is never below warning."""
    handler = logging.StreamHandler(stream or sys.stderr)
    if file is not None:
        handler = logging.FileHandler(file, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    handler.addFilter(Redaction())
    least: int = logging.getLevelNamesMapping()[level.upper()]
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, least))
    for name in (*OURS, "uvicorn.error"):
        logging.getLogger(name).setLevel(least)
    return handler
