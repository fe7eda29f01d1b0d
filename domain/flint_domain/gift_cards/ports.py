"""What gift cards and store credit ask of a transaction."""

from typing import Protocol

from flint_domain.gift_cards.model import Account, Entry, Hold


class GiftCardReads(Protocol):
    """Accounts and their ledgers of one merchant. Every look-up that finds nothing answers None."""

    def credit_account(self, account_id: str) -> Account | None:
        """The gift card or store credit, or the store credit that it was merged into."""
        ...

    def gift_card(self, code_digest: str) -> Account | None:
        """The gift card whose code has this digest."""
        ...

    def store_credit(self, customer_id: str, currency: str) -> Account | None: ...
    def credit_accounts(self, customer_id: str) -> list[Account]:
        """The customer's store credit and gift cards, oldest first, without store credit that was merged away."""
        ...

    def credit_entries(self, account_id: str, *, limit: int, before: str | None = None) -> list[Entry]:
        """The newest entries first; before is the entry_id that the page starts after."""
        ...

    def credit_held(self, account_id: str) -> int:
        """What all holds on this account come to, in minor units."""
        ...

    def credit_hold(self, payment_id: str) -> Hold | None: ...


class GiftCardWrites(GiftCardReads, Protocol):
    """A balance changes only by an entry of its ledger, in one conditional update: it is the sum of its entries."""

    def new_gift_card_code(self) -> str:
        """A code by chance (see gift_cards.codes), without dashes."""
        ...

    def add_credit_account(self, account: Account, code_digest: str | None = None) -> bool:
        """Insert with a balance of zero; False when another card has the code."""
        ...

    def save_credit_account(self, account: Account) -> None:
        """Write an account whose version is one more than the stored one's. Its balance stays as it is."""
        ...

    def post_credit(self, entry: Entry) -> Entry | None:
        """Add an entry and its amount to the balance: the entry with the balance after it.

        None, and nothing written, when the balance would fall below zero.
        """
        ...
