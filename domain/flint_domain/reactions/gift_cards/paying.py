"""A gift card or store credit as callers name it to pay with."""

from flint_domain.kernel.errors import Refused
from flint_domain.order.accounts import STORE_CREDIT
from flint_domain.order.model import Order
from flint_domain.reactions.gift_cards.lookup import found
from flint_domain.reactions.gift_cards.ownership import customer_with_credit, require_own
from flint_domain.unit_of_work.ports import ReadTransaction


def account_to_pay_with(tx: ReadTransaction, order: Order, source: str, param: str) -> str | None:
    """The id of the account that a payment source names; None for a source that is no account.

    Whether it covers the amount is its answer to the transfer, as a bank's is. Raises Refused: "not_found",
    "customer_needed", "source_refused" for the store credit of another customer.
    """
    if source == STORE_CREDIT:
        return _store_credit(tx, order, param)
    account = found(tx, source, param)
    if account is None:
        return None
    require_own(tx, order, account, param)
    return account.account_id


def _store_credit(tx: ReadTransaction, order: Order, param: str) -> str:
    customer = customer_with_credit(tx, order, param)
    account = tx.store_credit(customer.customer_id, order.currency)
    if account is None:
        raise Refused(
            "not_found",
            f"{customer.customer_id} has no store credit in {order.currency}.",
            hint="use another source",
            param=param,
            order_id=order.order_id,
        )
    return account.account_id
