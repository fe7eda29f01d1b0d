"""The gift cards toolset: issue gift cards and store credit, read their ledgers, correct them.

Paying with them needs none of these: pay_order takes a card's code or "store_credit" like any other source.
"""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from flint_domain.commands.gift_cards import AdjustGiftCard, IssueGiftCard, IssueStoreCredit
from flint_domain.gift_cards.codes import looks_like_code, tidied
from flint_domain.gift_cards.views import CreditLedgerView
from flint_domain.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from flint_domain.order.accounts import is_account
from flint_domain.queries.gift_cards import GetGiftCard
from flint_tools.amounts import MoneyInput
from flint_tools.binding import Reading, ToolArguments, Writing
from flint_tools.checks import wrong
from flint_tools.results import CreditResult, IssuedGiftCardResult
from flint_tools.types import MAX_NAME, ClearableTimestamp, Cursor, Note, Reference, Spelled, Timestamp, Whole


def _account(given: str) -> str:
    value = tidied(given) if len(given) <= MAX_NAME else given
    if len(value) > MAX_NAME or not (is_account(value) or looks_like_code(value)):
        raise wrong(
            "This is neither a gift card's code nor the id of one or of a store credit.",
            "give an id (gift_… or crd_…), or the 16 characters of a card's code",
        )
    return value


AccountName = Annotated[str, Spelled("an account"), AfterValidator(_account)]
"""A gift card by its id or code, or store credit by its id. What is wrong with it is said without repeating it."""


class IssueGiftCardTool(Writing):
    tool: ClassVar[str] = "issue_gift_card"
    toolset = "gift_cards"
    description: ClassVar[str] = (
        "Make a gift card with money on it, for whoever has the code. The code is in this answer only: pass it on. "
        "pay_order takes it as a source."
    )
    result = IssuedGiftCardResult

    amount_money: MoneyInput = Field(description="what is on it")
    customer_id: Reference | None = Field(default=None, description="whose it is, if known")
    expires_at: Timestamp | None = Field(default=None, description="ISO 8601; default never")
    note: Note | None = Field(default=None, description="why")

    def command(self) -> IssueGiftCard:
        return IssueGiftCard(
            money=self.amount_money.price(),
            customer_id=self.customer_id,
            expires_at=self.expires_at,
            note=self.note,
        )


class IssueStoreCreditTool(Writing):
    tool: ClassVar[str] = "issue_store_credit"
    toolset = "gift_cards"
    description: ClassVar[str] = (
        'Give a customer store credit, on top of what they have. pay_order takes "store_credit" as a source for it.'
    )
    result = CreditResult

    customer_id: Reference = Field(description="cus_ id")
    amount_money: MoneyInput = Field(description="how much more")
    note: Note | None = Field(default=None, description="why")

    def command(self) -> IssueStoreCredit:
        return IssueStoreCredit(customer_id=self.customer_id, money=self.amount_money.price(), note=self.note)


class GetGiftCardTool(Reading):
    tool: ClassVar[str] = "get_gift_card"
    toolset = "gift_cards"
    description: ClassVar[str] = "Read what is left on a gift card or store credit, and its ledger, newest first."
    result = CreditLedgerView

    account_id: AccountName = Field(description="gift_ or crd_ id, or a card's code")
    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="entries, at most 100")
    cursor: Cursor | None = Field(default=None, description="nextCursor")

    def query(self) -> GetGiftCard:
        return GetGiftCard(account=self.account_id, limit=self.limit, cursor=self.cursor)


class AdjustGiftCardTool(Writing):
    tool: ClassVar[str] = "adjust_gift_card"
    toolset = "gift_cards"
    description: ClassVar[str] = (
        "Correct a gift card or store credit: switch it on or off, set the expiry, add or take money with a reason. "
        "All of it is in the ledger."
    )
    result = CreditResult

    account_id: AccountName = Field(description="gift_ or crd_ id, or a card's code")
    active: bool | None = Field(default=None, description="on or off")
    expires_at: ClearableTimestamp | None = Field(default=None, description='gift cards only; "" is never')
    add_money: MoneyInput | None = Field(default=None, description="put on it")
    take_money: MoneyInput | None = Field(default=None, description="take off it")
    note: Note | None = Field(default=None, description="why; needed to add or take")

    @model_validator(mode="after")
    def _one_way(self) -> "AdjustGiftCardTool":
        if self.add_money is not None and self.take_money is not None:
            raise wrong("addMoney and takeMoney are both given.", "give one of them", param="takeMoney")
        return self

    def command(self) -> AdjustGiftCard:
        return AdjustGiftCard(
            account=self.account_id,
            active=self.active,
            expires_at=self.expires_at,
            add=None if self.add_money is None else self.add_money.price(),
            take=None if self.take_money is None else self.take_money.price(),
            note=self.note,
        )


TOOLS: tuple[type[ToolArguments], ...] = (
    IssueGiftCardTool,
    IssueStoreCreditTool,
    GetGiftCardTool,
    AdjustGiftCardTool,
)
