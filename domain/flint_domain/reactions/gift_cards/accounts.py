"""Making accounts: a gift card under a new code, a customer's store credit when there is none."""

from datetime import datetime

from flint_domain.gift_cards.codes import digest, printed
from flint_domain.gift_cards.model import Account
from flint_domain.unit_of_work.work import Work


def made_gift_card(
    work: Work, currency: str, *, customer_id: str | None, expires_at: datetime | None, note: str | None
) -> tuple[Account, str]:
    """A new card with nothing on it yet, and its code as it is printed."""
    card_id = work.new_id("gift")
    while True:  # a code is by chance, and one of another card is not
        code = work.tx.new_gift_card_code()
        card = Account(
            account_id=card_id,
            merchant_id=work.tx.merchant_id,
            version=1,
            kind="gift_card",
            currency=currency,
            last4=code[-4:],
            customer_id=customer_id,
            expires_at=expires_at,
            note=note,
            created_at=work.tx.now,
            updated_at=work.tx.now,
        )
        if work.tx.add_credit_account(card, digest(code)):
            return card, printed(code)


def opened_store_credit(work: Work, customer_id: str, currency: str) -> Account:
    """The customer's store credit in this currency, made when there is none."""
    account = work.tx.store_credit(customer_id, currency)
    if account is None:
        account = Account(
            account_id=work.new_id("crd"),
            merchant_id=work.tx.merchant_id,
            version=1,
            kind="store_credit",
            currency=currency,
            customer_id=customer_id,
            created_at=work.tx.now,
            updated_at=work.tx.now,
        )
        work.tx.add_credit_account(account)
    return account
