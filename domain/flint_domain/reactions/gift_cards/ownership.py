"""Whose gift card or store credit an order may use: its own customer's, and nobody else's."""

from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerReads
from flint_domain.gift_cards.model import Account
from flint_domain.kernel.errors import Refused
from flint_domain.order.accounts import STORE_CREDIT
from flint_domain.order.model import Order
from flint_domain.reactions.customers import buyer_of, unerased


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
