"""Payment methods are in their customer's body; every one has the transfer that attached it, and is found by that."""

from sqlalchemy import bindparam, select

from flint_domain.customers.errands import PAYMENT_METHOD
from flint_domain.customers.model import Customer
from flint_server.db.records.customers import customer_now
from flint_server.db.records.transfers import transfers
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, mine, word

CUSTOMER_OF = Statement(
    select(transfers.c.customer_id)
    .where(
        mine(transfers),
        transfers.c.subject_kind == word(PAYMENT_METHOD),
        transfers.c.subject_id == bindparam("method_id"),
    )
    .limit(ONE)
    .offset(ZERO)
)


def customer_of_method(tx: Session, method_id: str) -> Customer | None:
    row: tuple[str | None] | None = tx.one(CUSTOMER_OF, method_id=method_id)
    return None if row is None or row[0] is None else customer_now(tx, row[0])
