"""Where an invoice stands, derived and never set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from flint_domain.invoices.model import Document

InvoiceStatus = Literal["DRAFT", "VOID", "UNCOLLECTIBLE", "PAID", "OPEN"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceStanding:
    """An invoice with what follows from its order: due is what of it is not paid now, in minor units."""

    document: Document
    status: InvoiceStatus
    due: int
    overdue: bool = False


def status(
    invoice: Document, issued: Sequence[Document], *, outstanding: int, uncollectible: bool, today: date
) -> InvoiceStanding:
    """Where an invoice stands. First match: DRAFT (no number), VOID (a credit note cancels it), UNCOLLECTIBLE (given
    up, and still not paid), PAID, OPEN.

    issued are all documents of its order, of which outstanding is to be paid; today is the day in the seller's zone.
    """
    if invoice.number is None:
        return InvoiceStanding(document=invoice, status="DRAFT", due=invoice.due)
    if any(other.cause == "void" and other.subject == invoice.document_id for other in issued):
        return InvoiceStanding(document=invoice, status="VOID", due=0)
    due = amounts_due(issued, outstanding).get(invoice.document_id, 0)
    if due <= 0:
        return InvoiceStanding(document=invoice, status="PAID", due=0)
    overdue = invoice.due_on is not None and invoice.due_on < today
    return InvoiceStanding(
        document=invoice, status="UNCOLLECTIBLE" if uncollectible else "OPEN", due=due, overdue=overdue
    )


def amounts_due(issued: Sequence[Document], outstanding: int) -> dict[str, int]:
    """What is to be paid of each invoice of an order, by its id: payments go to the oldest first, so that what is
    outstanding is of the newest."""
    void = {document.subject for document in issued if document.cause == "void"}
    open_ = [document for document in issued if document.kind == "invoice" and document.number]
    left, due = outstanding, dict[str, int]()
    for invoice in reversed([document for document in open_ if document.document_id not in void]):
        due[invoice.document_id] = max(0, min(left, invoice.due))
        left -= due[invoice.document_id]
    return due
