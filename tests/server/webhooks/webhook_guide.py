"""The parts of docs/guides/webhooks.md that come from the code.

`python -m tests.server.webhooks.webhook_guide --write` writes them.
"""

import re
import sys
from datetime import timedelta
from pathlib import Path

from flint_domain.reactions.webhooks.bodies import WebhookEvent
from flint_domain.webhooks.events import EVENTS
from flint_domain.webhooks.rules import JITTER, SCHEDULE

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "webhooks.md"


def events() -> str:
    rows = [f"| `{name}` | {meaning} |" for name, meaning in EVENTS.items()]
    return "\n".join(["| event | when |", "| --- | --- |", *rows])


def event() -> str:
    fields = WebhookEvent.model_json_schema(mode="serialization")["properties"]
    rows = [f"| `{name}` | {field.get('description', _MEANINGS.get(name, ''))} |" for name, field in fields.items()]
    return "\n".join(["| field | holds |", "| --- | --- |", *rows])


_MEANINGS = {"type": "the event, from the list above", "merchantId": "whose order it is"}


def schedule() -> str:
    rows = [f"| {number} | {_span(pause)} |" for number, pause in enumerate(SCHEDULE, start=1)]
    note = f"Each pause is up to {JITTER:.0%} longer, by chance."
    return "\n".join(["| try | after the one before |", "| --- | --- |", *rows, "", note])


def _span(pause: timedelta) -> str:
    seconds = int(pause.total_seconds())
    if not seconds:
        return "at once"
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


PARTS = {"events": events, "event": event, "schedule": schedule}


def current(text: str) -> str:
    """The guide with its generated parts as the code has them."""
    for name, part in PARTS.items():
        marked = re.compile(rf"(<!-- generated:{name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert len(marked.findall(text)) == 1, name
        text = marked.sub(lambda found, part=part: f"{found[1]}{part()}\n{found[2]}", text)
    return text


def snippet(language: str) -> str:
    """The guide's example in this language."""
    found = re.search(rf"<!-- snippet:{language} -->\n```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


if __name__ == "__main__":
    before = GUIDE.read_text()
    if sys.argv[1:] == ["--write"]:
        GUIDE.write_text(current(before))
    else:
        sys.exit(0 if current(before) == before else "differs; --write writes it anew")
