"""What repeats a person's data, and loses it when the person is erased. :customer_ids and :order_ids are JSON arrays.

Nobody looks rows up like this but here, so tables are read from the first row to the last; an index that only names the
merchant would be a detour.
"""

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, and_, bindparam, null, or_, select, update

from flint_domain.customers.errands import ATTACH
from flint_domain.kernel.subjects import ORDER
from flint_domain.order.payments.model import UNSETTLED
from flint_server.db.constructs import each_of, json_without, unindexed, words_are_left
from flint_server.db.packing import packed
from flint_server.db.records.facts import facts
from flint_server.db.records.gift_card_entries import entries
from flint_server.db.records.gift_cards import accounts
from flint_server.db.records.idempotency import records
from flint_server.db.records.transfers import transfers
from flint_server.db.records.webhook_deliveries import webhook_deliveries
from flint_server.db.session import Session
from flint_server.db.statement import Statement, mine, word

ADDRESS_OF_A_TAX_REPORT = [
    f"statement.quote.request.address.{part}" for part in ("line1", "line2", "city", "postal_code")
]
WORDS_IN_A_FACT = ["reason", "kept.name"]  # why an order was canceled, and what money was kept for


def _read_through(table: Table) -> ColumnElement[bool]:
    return unindexed(table.c.merchant_id) == bindparam("merchant_id")


_has_its_answer = transfers.c.state.not_in([word(state) for state in sorted(UNSETTLED)])
_their_accounts = select(accounts.c.id).where(mine(accounts), accounts.c.customer_id.in_(each_of("customer_ids")))

FORGET_PERSON = (
    # An idempotency record without an answer shows the record as it is.
    Statement(
        update(records)
        .where(
            _read_through(records),
            or_(
                records.c.order_id.in_(each_of("order_ids")),
                records.c.customer_id.in_(each_of("customer_ids")),
                records.c.account_id.in_(_their_accounts),
            ),
        )
        .values(fields=bindparam("nothing"), answer=null(), ref=json_without(records.c.ref, "warnings", "changed"))
    ),
    # Words that a fact repeats from its order.
    Statement(
        update(facts)
        .where(mine(facts), facts.c.subject_kind == word(ORDER), facts.c.subject_id.in_(each_of("order_ids")))
        .values(data=json_without(facts.c.data, *WORDS_IN_A_FACT))
    ),
    # The next try makes the body anew, from the order as it is then.
    Statement(
        update(webhook_deliveries)
        .where(mine(webhook_deliveries), webhook_deliveries.c.order_id.in_(each_of("order_ids")))
        .values(payload=null())
    ),
    # Whom a transfer or an errand names. One that has no final answer yet may be asked for again, with the same words.
    Statement(
        update(transfers)
        .where(
            _read_through(transfers),
            or_(
                transfers.c.order_id.in_(each_of("order_ids")),
                and_(transfers.c.customer_id.in_(each_of("customer_ids")), _has_its_answer),
            ),
        )
        .values(body=json_without(transfers.c.body, "buyer_email", "customer_reference", *ADDRESS_OF_A_TAX_REPORT))
    ),
    Statement(
        update(transfers)
        .where(
            _read_through(transfers),
            transfers.c.kind == word(ATTACH),
            transfers.c.customer_id.in_(each_of("customer_ids")),
            _has_its_answer,
        )
        .values(body=json_without(transfers.c.body, "source"))
    ),
    Statement(
        update(accounts)
        .where(mine(accounts), accounts.c.id.in_(_their_accounts))
        .values(body=json_without(accounts.c.body, "note"))
    ),
    Statement(
        update(entries)
        .where(mine(entries), entries.c.account_id.in_(_their_accounts), entries.c.note.is_not(None))
        .values(note=null())
    ),
    Statement(words_are_left()),
)


def forget_person(tx: Session, customer_ids: Sequence[str], order_ids: Sequence[str]) -> None:
    for statement in FORGET_PERSON:
        tx.run(statement, customer_ids=json.dumps(customer_ids), order_ids=json.dumps(order_ids), nothing=packed("{}"))
