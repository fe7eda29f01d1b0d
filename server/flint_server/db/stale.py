"""Saving what somebody else has saved since."""


class StaleWrite(Exception):
    """A record was saved from another version than the stored one: a fault of the caller's, not a race."""
