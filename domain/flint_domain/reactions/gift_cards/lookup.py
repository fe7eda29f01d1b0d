"""Which gift card or store credit a caller means: by id, by a card's code, or as the customer's own."""

from flint_domain.gift_cards.codes import digest, looks_like_code, typed
from flint_domain.gift_cards.model import Account
from flint_domain.gift_cards.ports import GiftCardReads
from flint_domain.kernel.errors import Refused
from flint_domain.order.accounts import is_account


def found(tx: GiftCardReads, named: str, param: str) -> Account | None:
    """The account of this id or code; None when the text is neither.

    Raises Refused("not_found") for an id or code that nothing has. A code is never repeated.
    """
    if is_account(named):
        account, what = tx.credit_account(named), named
    elif looks_like_code(named):
        code = typed(named)
        account, what = None if code is None else tx.gift_card(digest(code)), "gift card with this code"
    else:
        return None
    if account is None:
        raise Refused(
            "not_found",
            f"There is no {what}.",
            hint="check it for a wrong or missing character; get_customer lists a customer's cards and store credit",
            param=param,
        )
    return account


def account_of(tx: GiftCardReads, named: str, param: str) -> Account:
    """The account of this id or code.

    Raises Refused: "not_found", "invalid_argument" for text that is neither.
    """
    account = found(tx, named, param)
    if account is None:
        raise Refused(
            "invalid_argument",
            "This is neither a gift card's code nor the id of one or of a store credit.",
            hint="give an id (gift_… or crd_…), or the 16 characters of a card's code",
            param=param,
        )
    return account
