"""What a model reads: compact structured content, and the same facts as plain lines.

Both are pure functions of the domain's answer, used for calls and replays alike; neither says what the other does not.
See docs/decisions/0016-text-for-models.md.
"""
