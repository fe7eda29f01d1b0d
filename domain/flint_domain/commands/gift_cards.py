"""Issue gift cards and store credit; switch them on or off, and correct what is on them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from flint_domain.gift_cards.model import Account, EntryKind
from flint_domain.gift_cards.rules import require_usable
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.look_alikes import LOOK_ALIKE_WINDOW, look_alike
from flint_domain.kernel.money import Money, format_money
from flint_domain.kernel.telling import Told
from flint_domain.order.inputs import Amount, currency_of_new_order
from flint_domain.reactions.customers import customer_named, unerased
from flint_domain.reactions.gift_cards.accounts import made_gift_card, opened_store_credit
from flint_domain.reactions.gift_cards.ledger import post, posted, require_room
from flint_domain.reactions.gift_cards.lookup import account_of
from flint_domain.reactions.gift_cards.views import show_credit
from flint_domain.unit_of_work.command import Concerns, Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work

LOOKED_AT = 20  # entries: more are not made on one account within minutes

CODE_SHOWN_ONCE = (
    "the code is shown only in the first answer of this call: give it to the buyer now. Lost? Take the money off with "
    "adjust_gift_card and issue another card"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef(Ref):
    """A gift card or store credit, with what the command has to say beside it."""

    account_id: str
    customer_id: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def concerns(self) -> Concerns:
        return Concerns(account_id=self.account_id, customer_id=self.customer_id)


class _ShowsAccount:
    """A command whose answer is a gift card or store credit."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = AccountRef

    @staticmethod
    def show(tx: ReadTransaction, ref: AccountRef, caller: Caller) -> dict[str, Any]:
        return show_credit(tx, ref.account_id, ref.warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueGiftCard(_ShowsAccount):
    """A gift card under a new code, for whoever has it; the merchant's currency unless the amount names another."""

    name: ClassVar[str] = "issue_gift_card"
    money: Told[Amount]
    customer_id: Told[str | None] = None
    expires_at: Told[datetime | None] = None
    note: str | None = None

    def change(self, work: Work) -> AccountRef:
        _check_expiry(self.expires_at, work.tx.now)
        currency = currency_of_new_order([self.money], work.tx.currency)
        card, code = made_gift_card(
            work,
            currency,
            customer_id=None if self.customer_id is None else _customer(work, self.customer_id),
            expires_at=self.expires_at,
            note=self.note,
        )
        _put_on(work, card, self.money, "issued")
        return AccountRef(
            account_id=card.account_id,
            customer_id=card.customer_id,
            warnings=(CODE_SHOWN_ONCE,),
            once={"code": code},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStoreCredit(_ShowsAccount):
    """More store credit for a customer, who has one account in each currency."""

    name: ClassVar[str] = "issue_store_credit"
    customer_id: Told[str]
    money: Told[Amount]
    note: str | None = None

    def change(self, work: Work) -> AccountRef:
        currency = currency_of_new_order([self.money], work.tx.currency)
        account = opened_store_credit(work, _customer(work, self.customer_id), currency)
        require_usable(account, work.tx.now, "customerId")
        _put_on(work, account, self.money, "issued", self.note)
        return AccountRef(account_id=account.account_id, customer_id=account.customer_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustGiftCard(_ShowsAccount):
    """A correction by a person: switch on or off, another expiry, money added or taken, and why.

    Whatever it does is in the ledger, with the note. None leaves a field as it is, and an empty expires_at removes it.
    """

    name: ClassVar[str] = "adjust_gift_card"
    account: Told[str]
    active: Told[bool | None] = None
    expires_at: Told[datetime | Literal[""] | None] = None
    add: Told[Amount | None] = None
    take: Told[Amount | None] = None
    note: str | None = None

    def change(self, work: Work) -> AccountRef:
        before = account_of(work.tx, self.account, "accountId")
        moves = self.add or self.take
        if moves is not None and not self.note:
            raise Refused(
                "invalid_argument",
                f"{'Adding' if self.add else 'Taking'} money needs a reason.",
                hint="say why in note; it is kept in the ledger",
                param="note",
            )
        after = self._changed(work, before)
        if after is before and moves is None:
            raise Refused(
                "invalid_argument",
                f"The call leaves the {before} as it is.",
                hint="give active or expiresAt a new value, or addMoney or takeMoney",
            )
        if after is not before:
            work.tx.save_credit_account(replace(after, version=before.version + 1, updated_at=work.tx.now))
        if self.add is not None:
            _put_on(work, before, self.add, "adjusted", self.note)
        if self.take is not None:
            self._take(work, before, self.take)
        return AccountRef(account_id=before.account_id, customer_id=before.customer_id)

    def _changed(self, work: Work, before: Account) -> Account:
        """The account with its new switch and expiry, each with its entry; the same object when neither changes."""
        after = before
        if self.active is not None and self.active != before.active:
            after = replace(after, active=self.active)
            post(work, before.account_id, "switched_on" if self.active else "switched_off", 0, note=self.note)
        expires_at = before.expires_at if self.expires_at is None else self.expires_at or None
        if expires_at != before.expires_at:
            if before.kind == "store_credit":
                raise Refused(
                    "invalid_argument",
                    "Store credit does not expire.",
                    hint="leave expiresAt out, or switch it off with active false",
                    param="expiresAt",
                )
            _check_expiry(expires_at, work.tx.now)
            after = replace(after, expires_at=expires_at)
            post(work, before.account_id, "expiry_set", 0, note=self.note)
        return after

    def _take(self, work: Work, account: Account, price: Amount) -> None:
        amount = _amount(account.currency, price, "takeMoney")
        if work.idempotency_key is None:
            _refuse_look_alike(work, account, "adjusted", -amount, self.note)
        if post(work, account.account_id, "adjusted", -amount, note=self.note) is None:
            holds = format_money(account.balance, account.currency)
            raise Refused(
                "amount_too_high",
                f"The {account} holds {holds}, less than {format_money(amount, account.currency)}.",
                hint=f"take at most {holds}",
                param="takeMoney",
            )


def _put_on(work: Work, account: Account, price: Amount, kind: EntryKind, note: str | None = None) -> None:
    """Add money that no order brought."""
    param = "addMoney" if kind == "adjusted" else "amountMoney"
    amount = _amount(account.currency, price, param)
    require_room(account, amount, param)
    if work.idempotency_key is None:
        _refuse_look_alike(work, account, kind, amount, note)
    posted(post(work, account.account_id, kind, amount, note=note))


def _refuse_look_alike(work: Work, account: Account, kind: EntryKind, amount: int, note: str | None) -> None:
    """Money that was put on or taken minutes ago is not moved again by a call that was only sent again. amount is below
    zero for what is taken."""
    since = work.tx.now - LOOK_ALIKE_WINDOW
    for made in work.tx.credit_entries(account.account_id, limit=LOOKED_AT):
        if (made.kind, made.amount, made.note) == (kind, amount, note) and made.at >= since:
            moved = "put on" if amount > 0 else "taken from"
            raise look_alike(
                "look_alike_change",
                f"{format_money(abs(amount), account.currency)} was {moved} the {account} minutes ago.",
                details={"entryId": made.entry_id},
            )


def _amount(currency: str, price: Amount, param: str) -> int:
    """The amount in minor units, above zero.

    Raises Refused: "currency_mismatch", "invalid_money".
    """
    if price.currency is not None and price.currency != currency:
        raise Refused(
            "currency_mismatch",
            f"{Money(price.amount, price.currency)} is not in {currency}, the account's currency.",
            hint=f"the account has one currency: give the amount in {currency}",
            param=param,
        )
    if price.amount <= 0:
        raise Refused(
            "invalid_money",
            f"{format_money(price.amount, currency)} is not above zero.",
            hint="give an amount above zero",
            param=param,
        )
    return price.amount


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise Refused(
            "invalid_argument",
            f"expiresAt {expires_at:%Y-%m-%d %H:%M UTC} is not in the future.",
            hint="give a later one, or switch the card off with adjust_gift_card",
            param="expiresAt",
        )


def _customer(work: Work, customer_id: str) -> str:
    """The customer's own id, or that of who took them over.

    Raises Refused: "not_found", "customer_erased".
    """
    return unerased(customer_named(work.tx, customer_id)).customer_id
