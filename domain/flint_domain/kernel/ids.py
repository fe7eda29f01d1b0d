"""Prefixed, sortable identifiers: `ord_01K…` is an order's ULID behind its prefix."""

import re
from typing import Literal

IdPrefix = Literal["ord", "li", "chg", "pi", "ref", "trf", "cpn", "txr", "evt", "mer", "wh", "whd"]

ULID_LENGTH = 26  # Crockford base 32, https://github.com/ulid/spec
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")

REFERENCE_PATTERN = r"^[A-Za-z0-9_.\-]{1,64}$"  # customer and item references until those are Flint's own records


def is_id(value: str, prefix: IdPrefix) -> bool:
    """Whether value is spelled like an id of this kind; says nothing about its existence."""
    head, _, tail = value.partition("_")
    return head == prefix and _ULID.match(tail) is not None
