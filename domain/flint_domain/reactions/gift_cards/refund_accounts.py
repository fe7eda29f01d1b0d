"""Which gift card or store credit may get a refund. Which payments may give it is decided with the order alone (see
order.refunds.destinations)."""

from flint_domain.gift_cards.rules import require_usable
from flint_domain.kernel.errors import Refused
from flint_domain.order.accounts import STORE_CREDIT
from flint_domain.order.model import Order
from flint_domain.reactions.gift_cards.accounts import opened_store_credit
from flint_domain.reactions.gift_cards.lookup import found
from flint_domain.reactions.gift_cards.ownership import customer_with_credit, require_own
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work

PARAM = "refundTo"


def kept_destination(work: Work, order: Order, refund_to: str) -> str:
    """What refundTo names, as the order keeps it: the id of an account, the customer's store credit being opened when
    there is none. A payment's id, or what pays, stays as it is, and must have paid.

    Raises Refused as quoted_destination.
    """
    kept = quoted_destination(work.tx, order, refund_to)
    if kept != STORE_CREDIT:
        return kept
    customer = customer_with_credit(work.tx, order, PARAM)
    return opened_store_credit(work, customer.customer_id, order.currency).account_id


def quoted_destination(tx: ReadTransaction, order: Order, refund_to: str) -> str:
    """The same without opening anything: "store_credit" for an account that is to be opened.

    Raises Refused: "customer_needed", "not_found", "currency_mismatch", "credit_inactive", "source_refused" for the
    store credit of another customer.
    """
    if refund_to == STORE_CREDIT:
        customer = customer_with_credit(tx, order, PARAM)
        account = tx.store_credit(customer.customer_id, order.currency)
        if account is None:
            return STORE_CREDIT
    else:
        account = found(tx, refund_to, PARAM)
        if account is None:
            return refund_to
        require_own(tx, order, account, PARAM)
    if account.currency != order.currency:
        raise Refused(
            "currency_mismatch",
            f"The {account} is in {account.currency}, the order in {order.currency}.",
            hint='send "store_credit", or a gift card in the order\'s currency',
            param=PARAM,
            order_id=order.order_id,
        )
    require_usable(account, tx.now, PARAM)
    return account.account_id
