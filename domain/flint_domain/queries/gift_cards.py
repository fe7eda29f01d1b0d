"""Read a gift card or store credit with its ledger."""

from dataclasses import dataclass
from typing import Any

from flint_domain.kernel.callers import Caller
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.paging import DEFAULT_LIMIT, bad_cursor, page
from flint_domain.reactions.gift_cards.lookup import account_of
from flint_domain.reactions.gift_cards.views import ledger_view
from flint_domain.unit_of_work.ports import ReadTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class GetGiftCard:
    """A gift card by its id or code, or store credit by its id, with a page of its ledger."""

    account: str
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        if self.cursor is not None and not is_id(self.cursor, "ent"):
            raise bad_cursor()
        account = account_of(tx, self.account, "accountId")
        found = tx.credit_entries(account.account_id, limit=self.limit + 1, before=self.cursor)
        rows, cursor = page(found, self.limit, lambda entry: entry.entry_id)
        return ledger_view(tx, account, rows, cursor).to_wire(keep_empty=False)
