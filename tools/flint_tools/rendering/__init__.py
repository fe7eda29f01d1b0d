"""What a model reads: compact structured content, and the same facts as plain lines.

Both are pure functions of the domain's answer, used for calls and replays alike; neither says what the other does not.
See docs/decisions/0016-text-for-models.md.
"""

from typing import Literal

Answers = Literal["both", "text", "structured"]
"""both: clients that pass on only the one or only the other give their model the same facts. text: no structured
content, for clients that would pass on both. structured: the text is the structure's JSON, as the protocol asks."""
