"""What documents an order makes: its invoice, those of a change's difference, those of refunds, and the one that voids.

**Invariant**: over all documents of an order since its invoice, invoices less credit notes are, by group of tax, what
the order costs less what was given back for it. In money: what was paid and not given back, and what is outstanding.
Every function here makes drafts; numbers.py issues them.
"""

from collections.abc import Sequence
from dataclasses import replace

from flint_domain.invoices.differences import amounts, difference, split, waived
from flint_domain.invoices.model import Cause, Document, DocumentKind, DocumentLine
from flint_domain.invoices.particulars import Drafting
from flint_domain.invoices.positions import ONE, Kept, given_back, grouped, kept, negative, positions
from flint_domain.invoices.words import word
from flint_domain.kernel.ids import IdPrefix
from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from flint_domain.order.payments.model import TransferState
from flint_domain.order.refunds.model import DIFFERENCE, MOVED, Refund

_PREFIX: dict[DocumentKind, IdPrefix] = {"invoice": "inv", "credit_note": "cn"}
_BACK = (TransferState.SUCCEEDED, TransferState.PENDING, TransferState.REQUIRES_ACTION)
"""The states of a refund whose money is with the buyer, or on its way there."""


def invoice_of(order: Order, drafting: Drafting) -> Document:
    """The invoice of an order as it stands: what it is made of, less what was given back for it already."""
    lines: list[DocumentLine] = []
    for line, off in _kept(order, drafting).values():
        lines += [line] if off is None else [line, off]
    draft = _draft("invoice", order, lines, drafting, cause="order", subject=order.order_id)
    refund_ids = tuple(refund.refund_id for refund in order.refunds if refund.counts)
    return replace(draft, prepaid=_paid_of(draft.total, order), refund_ids=refund_ids)


def documents_of_change(before: Order, after: Order, drafting: Drafting) -> tuple[Document, ...]:
    """The drafts that a change of an order makes, if it has been invoiced: of the difference in its price, of each
    refund that has gone through (or is on its way), and of each that has failed since it was accounted for.

    The difference comes first, then the refunds as they were asked for.
    """
    if not is_invoiced(drafting.issued):
        return ()
    made = _of_difference(before, after, drafting)
    accounted = {refund_id for document in drafting.issued for refund_id in document.refund_ids}
    taken_back = {document.subject for document in drafting.issued if document.cause == "refund_failed"}
    for refund in after.refunds:
        draft = None
        if refund.state in _BACK and refund.refund_id not in accounted:
            draft = credit_note_of(refund, after, drafting)
        elif not refund.counts and refund.refund_id in accounted - taken_back:
            draft = taken_back_of(refund, before, after, drafting)
        made += [draft] if draft else []
    return tuple(made)


def is_invoiced(issued: Sequence[Document]) -> bool:
    """Whether an order has an invoice that was not voided."""
    return any(document.cause == "order" for document in _standing(issued))


def _standing(issued: Sequence[Document]) -> list[Document]:
    """The invoices that were not voided."""
    void = {document.subject for document in issued if document.cause == "void"}
    return [document for document in issued if document.kind == "invoice" and document.document_id not in void]


def _of_difference(before: Order, after: Order, drafting: Drafting) -> list[Document]:
    """The further invoice for the groups that rose, and the credit note for those that fell. What refunds did in the
    same change is not part of it."""
    was, now = _kept(before, drafting), _kept(replace(after, refunds=before.refunds), drafting)
    risen, fallen = split(difference(was, now, drafting.particulars.locale))
    subject, reason = _amendment_of(before, after), word("order_changed", drafting.particulars.locale)
    made: list[Document] = []
    if risen:
        draft = _draft("invoice", after, risen, drafting, cause="change", subject=subject)
        made.append(replace(draft, corrects=_corrected(drafting, risen), prepaid=_paid_of(draft.total, after)))
    if fallen:
        lines = [negative(line) for line in fallen]
        draft = _draft("credit_note", after, lines, drafting, cause="change", subject=subject)
        made.append(replace(draft, corrects=_corrected(drafting, lines), prepaid=draft.total))
    return [replace(draft, reason=reason) for draft in made]


def _amendment_of(before: Order, after: Order) -> str:
    """The id of the amendment that was made, or the order's where it was changed without one."""
    known = {amendment.amendment_id for amendment in before.amendments if amendment.state == "made"}
    made = [each.amendment_id for each in after.amendments if each.state == "made" and each.amendment_id not in known]
    return made[-1] if made else after.order_id


def credit_note_of(refund: Refund, order: Order, drafting: Drafting) -> Document | None:
    """What a refund gives back, by line, charge and tip. None for one that is the difference of a change, which has a
    document of its own, or that moves a payment to another method."""
    lines = _of_parts(refund, order, drafting)
    if not lines:
        return None
    draft = _draft("credit_note", order, lines, drafting, cause="refund", subject=refund.refund_id)
    return replace(
        draft,
        corrects=_corrected(drafting, lines),
        prepaid=draft.total,
        reason=word("refunded", drafting.particulars.locale),
        refund_ids=(refund.refund_id,),
    )


def taken_back_of(refund: Refund, before: Order, after: Order, drafting: Drafting) -> Document | None:
    """The further invoice that takes the credit note of a refund back, since its money never arrived.

    It says what the credit note said. Only where the order was priced anew in between does it say what the same is
    worth now, less what the buyer is not asked for (the order's waived).
    """
    note = next((each for each in drafting.issued if each.cause == "refund" and refund.refund_id == each.subject), None)
    lines = list(note.lines) if note else _of_parts(refund, after, drafting)
    if not lines:
        return None
    through, locale = replace(refund, state=TransferState.SUCCEEDED), drafting.particulars.locale
    was = replace(after, refunds=tuple(through if each == refund else each for each in after.refunds))
    owed = difference(_kept(was, drafting), _kept(after, drafting), locale)
    owed += waived(owed, after.waived - before.waived, locale)
    if amounts(owed) != amounts(lines):
        lines = owed
    draft = _draft("invoice", after, lines, drafting, cause="refund_failed", subject=refund.refund_id)
    about = note.number if note and note.number else refund.refund_id
    return replace(
        draft,
        corrects=(note.document_id,) if note else _corrected(drafting, lines),
        prepaid=draft.total,  # the money of the refund is with the seller again
        reason=word("refund_failed", locale, number=about),
    )


def _of_parts(refund: Refund, order: Order, drafting: Drafting) -> list[DocumentLine]:
    given = drafting.particulars
    known = {line.item_id: line for document in drafting.issued for line in document.lines}
    known |= positions(standing(order), given.taxation, given.locale)
    parts = [part for part in refund.parts if part.of not in (DIFFERENCE, MOVED) and part.amount]
    off = [given_back(known[part.of], part.quantity or ONE, part.net, part.tax, given.locale) for part in parts]
    return [replace(negative(line), description=known[line.item_id].description) for line in off]


def voided(invoice: Document, drafting: Drafting) -> Document:
    """The credit note that cancels an invoice: all of it that other credit notes have not taken back already."""
    lines = list(invoice.lines)
    for other in drafting.issued:
        if other.kind == "credit_note" and invoice.document_id in other.corrects:
            lines += [negative(line) for line in other.lines]
    draft = replace(
        invoice,
        document_id=drafting.moment.new_id("cn"),
        kind="credit_note",
        cause="void",
        subject=invoice.document_id,
        number=None,
        issued_at=None,
        issued_on=None,
        due_on=None,
        net_days=None,
        lines=tuple(lines),
        groups=grouped(lines),
        means=None,
        memo=drafting.particulars.memo,
        reason=word("cancels", invoice.locale, number=invoice.referred().number),
        corrects=(invoice.document_id,),
        preceding=(),
        refund_ids=(),
        tax_in_own_currency=None,
    )
    return replace(draft, prepaid=draft.total)  # set off against the invoice: neither side owes the other anything


def _corrected(drafting: Drafting, lines: Sequence[DocumentLine]) -> tuple[str, ...]:
    """The invoice that a correction is about: the newest that has its groups and stands, else the order's first."""
    wanted, standing_ = {line.key for line in lines}, _standing(drafting.issued)
    having = [document for document in standing_ if wanted <= {group.key for group in document.groups}]
    return tuple(document.document_id for document in (having[-1:] or standing_[:1]))


def _paid_of(total: int, order: Order) -> int:
    """What of a new invoice is paid: all but what is outstanding, which the newest invoice is about."""
    return max(0, total - standing(order).money.outstanding) if total > 0 else total


def _kept(order: Order, drafting: Drafting) -> Kept:
    given = drafting.particulars
    return kept(standing(order), given.taxation, given.locale)


def _draft(
    kind: DocumentKind, order: Order, lines: Sequence[DocumentLine], drafting: Drafting, *, cause: Cause, subject: str
) -> Document:
    given = drafting.particulars
    return Document(
        document_id=drafting.moment.new_id(_PREFIX[kind]),
        kind=kind,
        order_id=order.order_id,
        order_reference=order.reference,
        cause=cause,
        subject=subject,
        net_days=given.net_days,
        currency=order.currency,
        locale=given.locale,
        seller=given.seller,
        buyer=given.buyer,
        ship_to=given.ship_to,
        delivered_on=given.delivered_on,
        lines=tuple(lines),
        groups=grouped(lines),
        means=given.means,
        buyer_reference=given.buyer_reference,
        purchase_order=given.purchase_order,
        memo=given.memo,
    )
