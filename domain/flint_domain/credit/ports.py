"""What gift cards and store credit ask of a transaction."""

from typing import Protocol


class CreditReads(Protocol):
    """Accounts and their ledgers of one merchant. Every look-up that finds nothing answers None."""


class CreditWrites(CreditReads, Protocol):
    """A balance changes only by an entry of its ledger, in one conditional update: it is the sum of its entries."""
