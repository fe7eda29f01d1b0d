"""Whom a change's events are addressed to: a delivery for every endpoint that wants one, in its subject's line."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from flint_domain.kernel.subjects import Subject
from flint_domain.webhooks.events import events_of, wants
from flint_domain.webhooks.model import Delivery
from flint_server.db.records.webhook_deliveries import ROW, THIS_LINE, in_line_of, webhook_deliveries
from flint_server.db.records.webhook_endpoints import listening
from flint_server.db.session import Session
from flint_server.db.statement import ONE, Statement, added

ADD = Statement(added(webhook_deliveries))
HAS_LINE = Statement(select(ONE).where(exists().select_from(webhook_deliveries).where(THIS_LINE)))


def address_facts(
    tx: Session, subject: Subject, version: int, facts: Sequence[tuple[str, str]], *, order_id: str | None
) -> None:
    """Write a delivery of each event of a change for every endpoint that wants it.

    It is part of the change's own transaction, so there is no moment between them to be lost in, and no mark that a
    late commit could fall behind. The first of a subject's line is due now, the others wait for it.
    """
    endpoints = listening(tx)
    if not endpoints:
        return
    events = events_of(subject.kind, facts, tx.new_id("evt"))
    new: list[dict[str, object]] = []
    for endpoint_id, wanted in endpoints:
        names = wanted.split()
        chosen = [event for event in events if wants(names, event.type)]
        behind = bool(chosen) and tx.one(HAS_LINE, endpoint_id=endpoint_id, **in_line_of(subject)) is not None
        for event in chosen:
            delivery = Delivery(
                delivery_id=tx.new_id("whd"),
                merchant_id=tx.merchant_id,
                endpoint_id=endpoint_id,
                subject_kind=subject.kind,
                subject_id=subject.subject_id,
                subject_version=version,
                order_id=order_id,
                event_id=event.event_id,
                event_type=event.type,
                state="waiting" if behind else "pending",
                due_at=tx.now,
                attempts=0,
                tries=0,
                created_at=tx.now,
            )
            new.append(ROW.of(delivery))
            behind = True
    tx.run_each(ADD, new)
