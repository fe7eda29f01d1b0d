"""What callers name to pay with, turned into what is kept: ids, never codes.

A token (tok_…, or the processor's own pm_…) goes to the processor as it is. A saved method (pm_ and a ULID) must belong
to the order's customer. A gift card's code becomes its id, and "store_credit" the account of the order's customer.
"""

from flint_domain.kernel.ids import is_id
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Transfer
from flint_domain.reactions.gift_cards.paying import account_to_pay_with
from flint_domain.reactions.payment_methods import charged_with, require_usable
from flint_domain.unit_of_work.ports import ReadTransaction


def kept_source(tx: ReadTransaction, order: Order, source: str, param: str) -> str:
    """The source as the order keeps it.

    Raises Refused for a saved method, gift card or store credit that cannot pay this order.
    """
    if is_id(source, "pm"):
        require_usable(tx, order, source, param)
        return source
    return account_to_pay_with(tx, order, source, param) or source


def addressed(tx: ReadTransaction, transfer: Transfer) -> Transfer:
    """A transfer as the processor is asked for it: a saved method by the processor's own ids."""
    if transfer.source is not None and is_id(transfer.source, "pm"):
        return charged_with(tx, transfer, transfer.source)
    return transfer
