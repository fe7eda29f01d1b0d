"""Which gift card or store credit a caller means: by id, by a card's code, or as the customer's own."""

from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerReads
from flint_domain.gift_cards.codes import digest, looks_like_code, typed
from flint_domain.gift_cards.model import Account
from flint_domain.gift_cards.ports import GiftCardReads
from flint_domain.kernel.errors import Refused
from flint_domain.order.accounts import STORE_CREDIT, is_account
from flint_domain.order.model import Order
from flint_domain.reactions.customers import buyer_of, unerased


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


def customer_with_credit(tx: CustomerReads, order: Order, param: str) -> Customer:
    """The order's customer, who may have store credit.

    Raises Refused("customer_needed") for an order without a customer that Flint knows.
    """
    customer = buyer_of(tx, order)
    if customer is None:
        raise Refused(
            "customer_needed",
            "Store credit belongs to a customer, and the order has none that Flint knows."
            if order.customer_id is None
            else "Store credit belongs to a customer, and the order's customerId is not one of Flint's.",
            hint="set customerId (cus_…) with update_order first, or use another source",
            param=param,
            order_id=order.order_id,
        )
    return unerased(customer)


def require_own(tx: CustomerReads, order: Order, account: Account, param: str) -> None:
    """Raise Refused for store credit that is not the order's customer's; a gift card is good for any order."""
    if account.kind == "gift_card":
        return
    if account.customer_id != customer_with_credit(tx, order, param).customer_id:
        raise Refused(
            "source_refused",
            f"{account.account_id} is the store credit of another customer than the order's.",
            hint=f'send "{STORE_CREDIT}" for that of the order\'s customer',
            param=param,
            order_id=order.order_id,
        )
