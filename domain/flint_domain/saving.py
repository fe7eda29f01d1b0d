"""What happens when an order is saved."""

from dataclasses import replace

from flint_domain.kernel.callers import NOBODY
from flint_domain.kernel.facts import By
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Change, Order
from flint_domain.order.payments.model import Transfer
from flint_domain.order.rules import check_total
from flint_domain.order.tax import reporting
from flint_domain.reactions.catalog.stock import hold
from flint_domain.reactions.payment_sources import addressed
from flint_domain.unit_of_work.columns import columns_of
from flint_domain.unit_of_work.work import Work


def create(
    work: Work, change: Change, fingerprint: str, found: Standing | None = None, *, priced: Standing | None = None
) -> Order:
    """Store a new order with its first facts; found is where it stands, if its rule has worked that out and checked
    it, as an import does for thousands, and priced the same not checked yet."""
    found = found or checked(work, change.order, priced)
    work.tx.add_order(found.order, columns_of(found), change.facts, work.by, fingerprint)
    work.tx.standings[found.order.order_id] = found
    return found.order


def store(work: Work, change: Change, *, actor: str | None = None) -> tuple[Order, list[Transfer]]:
    """Store what a rule made of an order, one version up, and write its transfers down.

    Those that the processor has to be asked for are planned; those of Flint's own books are returned beside the
    order, to be settled at once.
    """
    was = work.tx.standings.get(change.order.order_id)
    found = checked(work, replace(change.order, version=change.order.version + 1, updated_at=work.tx.now), was)
    order, report = reporting.next_report(found, work.moment) or (found.order, None)
    found = replace(found, order=order)
    by = work.by if actor is None or actor == work.actor else By(actor, NOBODY.principal)
    work.tx.save_order(order, columns_of(found), change.facts, by)
    work.tx.standings[order.order_id] = found
    if order.ended == "canceled" and any(fact.type == "ORDER_CANCELED" for fact in change.facts):
        for coupon in order.coupons:
            work.tx.release_coupon(coupon.coupon_id, order.order_id)
    if report is not None:
        work.tx.add_asked(report)
    here = [work.write_down(transfer) for transfer in change.transfers if transfer.account is not None]
    asked = [transfer for transfer in change.transfers if transfer.account is None]
    work.planned += [work.write_down(addressed(work.tx, transfer)) for transfer in asked]
    return order, here


def checked(work: Work, order: Order, was: Standing | None) -> Standing:
    """The order as it will be stored, with its stock held; was is where it stood, if that is known."""
    result = reporting.settled_quotes(standing(order, was=was))
    check_total(result)
    held = hold(work, result)
    return result if held is result.order else replace(result, order=held)
