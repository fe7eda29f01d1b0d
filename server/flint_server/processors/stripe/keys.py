"""Stripe's API keys: which ones Flint takes, what they say of themselves, and how they stay out of every text."""

import re
from typing import Self

# sk_ is a secret key, rk_ a restricted one (https://docs.stripe.com/keys); keys are printable and have no spaces.
_TAKEN = re.compile(r"(?P<kind>sk|rk)_(?P<mode>test|live)_[A-Za-z0-9_]+\Z", re.ASCII)
_ANY_KEY = re.compile(r"\b(?:(?:sk|rk|pk|ek)_(?:test|live|org)|whsec)_[^\s'\",]+")

_WHERE = "Copy a secret key (sk_…) or a restricted key (rk_…) from Developers → API keys in the Stripe Dashboard."


class StripeKeyRefused(ValueError):
    """The text is no key that Flint can work with. The message says why and never repeats the text."""


class StripeKey:
    """A secret or restricted key. Only reveal() gives it away: not repr, not str, not a comparison that fails."""

    __slots__ = ("_text", "livemode", "restricted")

    def __init__(self, text: str, *, livemode: bool, restricted: bool) -> None:
        self._text = text
        self.livemode = livemode
        self.restricted = restricted

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises StripeKeyRefused for a publishable key, a webhook secret, and whatever else is no key for a server."""
        text = text.strip()
        found = _TAKEN.match(text)
        if found is not None:
            return cls(text, livemode=found["mode"] == "live", restricted=found["kind"] == "rk")
        if text.startswith("pk_"):
            raise StripeKeyRefused(f"This is a publishable key; it belongs in browsers and moves no money. {_WHERE}")
        if text.startswith("whsec_"):
            raise StripeKeyRefused(f"This is a webhook's signing secret, not an API key. {_WHERE}")
        if not text:
            raise StripeKeyRefused(f"The Stripe key is empty. {_WHERE}")
        raise StripeKeyRefused(f"This is no Stripe key that a server uses. {_WHERE}")

    def reveal(self) -> str:
        """The key itself, for the client that sends it."""
        return self._text

    def __repr__(self) -> str:
        return f"StripeKey({'rk' if self.restricted else 'sk'}_{'live' if self.livemode else 'test'}_…)"


def without_keys(text: str) -> str:
    """The text with everything that looks like a Stripe key or secret taken out."""
    return _ANY_KEY.sub("[a key]", text)
