"""Calls that look like one made minutes ago: without a key, most likely the same call sent again."""

from datetime import timedelta
from typing import Any

from flint_domain.kernel.errors import ErrorCode, Refused

LOOK_ALIKE_WINDOW = timedelta(minutes=10)  # an agent that lost an answer repeats itself within minutes


def look_alike(code: ErrorCode, message: str, *, order_id: str | None = None, details: dict[str, Any]) -> Refused:
    """The refusal of a call that was made before; details names what it made."""
    return Refused(
        code,
        message,
        hint="if this one is meant as well, send it with a new idempotencyKey; if it was a retry, it is done",
        order_id=order_id,
        details=details,
    )
