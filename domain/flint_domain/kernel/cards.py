"""Card numbers, which must never come in: how to know one without keeping it."""

import re

# 13 to 19 digits (ISO/IEC 7812), written together or in groups.
_CARD_NUMBER = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){12,18}(?!\d)")


def holds_card_number(text: str) -> bool:
    """Whether text contains what looks like a card number: 13 to 19 digits, separated or not."""
    return _CARD_NUMBER.search(text) is not None
