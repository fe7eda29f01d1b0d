"""Where a refund goes when it does not go back the way it came: a gift card or store credit."""

from typing import TYPE_CHECKING

from flint_domain.credit.accounts import opened_store_credit
from flint_domain.credit.finding import STORE_CREDIT, account_of, customer_with_credit, require_own
from flint_domain.credit.rules import require_usable
from flint_domain.kernel.errors import Refused
from flint_domain.orders.model import Order

if TYPE_CHECKING:
    from flint_domain.work import Work

PARAM = "refundTo"


def destination(work: "Work", order: Order, name: str) -> str:
    """The id of the account that takes the order's refund: "store_credit" is that of the order's customer, made when
    there is none; otherwise a gift card's id or code, or the customer's store credit by its id.

    Raises Refused: "customer_needed", "not_found", "invalid_argument", "currency_mismatch", "credit_inactive",
    "source_refused" for the store credit of another customer.
    """
    if name == STORE_CREDIT:
        customer = customer_with_credit(work.tx, order, PARAM)
        account = opened_store_credit(work, customer.customer_id, order.currency)
    else:
        account = account_of(work.tx, name, PARAM)
        require_own(work.tx, order, account, PARAM)
    if account.currency != order.currency:
        raise Refused(
            "currency_mismatch",
            f"The {account} is in {account.currency}, the order in {order.currency}.",
            hint='send "store_credit", or a gift card in the order\'s currency',
            param=PARAM,
            order_id=order.order_id,
        )
    require_usable(account, work.tx.now, PARAM)
    return account.account_id
