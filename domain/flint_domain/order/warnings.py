"""What a caller should know about an order's present state, in words, derived like the status."""

from collections.abc import Iterator, Sequence

from flint_domain.kernel.errors import quoted
from flint_domain.kernel.money import format_money
from flint_domain.order import guards
from flint_domain.order.discounting import describe_missing
from flint_domain.order.fulfillment.counting import sent, unfulfilled
from flint_domain.order.lifecycle import Standing
from flint_domain.order.payments.model import Payment, TransferState
from flint_domain.order.reserving import was_released

LISTED_NAMES = 5  # names of lines or charges that one warning shows


def warnings(standing: Standing) -> Iterator[str]:
    """Coupons that give nothing, taxes that nobody pays, missing answers, disputes, failed captures, refunds and
    cancels, units sent before their money was taken, released stock."""
    yield from _of_coupons(standing)
    yield from _of_taxes(standing)
    for payment in standing.order.payments:
        yield from _of_answers(payment)
        yield from _of_dispute(payment, standing.order.currency)
        yield from _of_hold(payment, standing.order.currency)
    yield from _of_units(standing)
    yield from _of_refunds(standing)
    yield from _of_tax_reports(standing)
    for transfer_id in standing.order.in_doubt:
        yield f"what became of {transfer_id} cannot be found out: a person has to look at the processor"
    if was_released(standing.order):
        yield "its stock was released, because it was not paid in time: paying takes it again, if there is enough"
    if standing.left_behind:
        yield "money stayed behind when the order was canceled: see availableActions"


def _of_coupons(standing: Standing) -> Iterator[str]:
    for discount in standing.priced.discounts:
        if discount.missing:
            missing = describe_missing(discount, standing.order.currency)
            yield f"{discount.discount.name} gives nothing yet: {missing}"
        elif discount.amount == 0:
            yield f"{discount.discount.name} gives nothing on these items"


def _of_taxes(standing: Standing) -> Iterator[str]:
    """What was to be taxed, or by certain rates, and is not."""
    order = standing.order
    if order.ended:
        return
    if order.tax_exempt:
        named = [item.name for item in (*order.lines, *order.charges) if item.taxes]
        if named:
            yield f"the buyer is tax exempt: the rates named on {_listed(named)} are not taken"
    elif not order.default_taxes and (order.service_taxes is None or order.shipping_address is None):
        untaxed = [charge.name for charge in order.charges if charge.taxes is None]
        if untaxed:
            yield f"{_listed(untaxed)} should be taxed, and no tax rate applies to this order: nothing was added"


def _listed(names: Sequence[str]) -> str:
    """Names that people gave, as a warning may show them."""
    few = ", ".join(quoted(name, 40) for name in names[:LISTED_NAMES])
    return few if len(names) <= LISTED_NAMES else f"{few} and {len(names) - LISTED_NAMES} more"


def _of_answers(payment: Payment) -> Iterator[str]:
    open_step = payment.voiding or payment.step
    if open_step and open_step.state is TransferState.UNKNOWN:
        yield (
            f"the processor's answer for {payment.payment_id} is not known: send the same idempotencyKey again, "
            "or read the order"
        )
    if payment.step and payment.step.state is TransferState.REQUIRES_ACTION:
        yield f"{payment.payment_id} waits for the buyer: send them to its actionUrl"


def _of_dispute(payment: Payment, currency: str) -> Iterator[str]:
    dispute = payment.dispute
    if dispute is None:
        return
    if dispute.status == "needs_response":
        due = f" by {dispute.due_by:%Y-%m-%d %H:%M} UTC" if dispute.due_by else ""
        amount = format_money(dispute.amount, currency)
        yield f"{payment.payment_id} is disputed ({amount}): answer the bank at the processor{due}"
    elif dispute.status == "lost":
        yield f"the dispute of {payment.payment_id} is lost: its money is the buyer's"


def _of_hold(payment: Payment, currency: str) -> Iterator[str]:
    if payment.authorized and payment.decline:
        yield (
            f"the last capture or void of {payment.payment_id} failed ({payment.decline.message}); its "
            f"{format_money(payment.authorized, currency)} may still be held: capture or void it again"
        )


def _of_units(standing: Standing) -> Iterator[str]:
    """Units that went out while their money is only held: a hold lapses by itself, and then nobody has paid."""
    order, held = standing.order, standing.money.authorized
    if held and not order.ended and not order.canceling and sent(order):
        amount = format_money(held, order.currency)
        yield f"units were handed over, and {amount} for them is only held: capture it before the hold lapses"


def never_sent(standing: Standing) -> Iterator[str]:
    """What closing an order ends unsent, though it is paid: a closed order hands nothing over."""
    if guards.fulfill(standing) is not None:
        return
    left = unfulfilled(standing.order)
    few = ", ".join(f"{quantity.normalize():f} of {line_id}" for line_id, quantity in [*left.items()][:LISTED_NAMES])
    more = f" and {len(left) - LISTED_NAMES} more lines" if len(left) > LISTED_NAMES else ""
    yield (
        f"paid units were never handed over ({few}{more}): a closed order sends nothing more, and create_refund gives "
        "their money back"
    )


def _of_tax_reports(standing: Standing) -> Iterator[str]:
    taxes, currency = standing.order.service_taxes, standing.order.currency
    if taxes is None:
        return
    for sale in taxes.sales:
        if sale.state == "refused":
            yield f"{taxes.service} refused the report of this sale ({sale.refusal}): a person has to file it there"
    for reversal in taxes.reversals:
        if reversal.state == "refused":
            tax = format_money(sum(part.tax for part in reversal.parts), currency)
            yield f"{taxes.service} did not take back {tax} of tax ({reversal.refusal}): a person has to do it there"
    if taxes.sale is not None and taxes.sale.filed is not None:
        filed = format_money(taxes.sale.filed, currency)
        charged = format_money(standing.priced.quote.tax if standing.priced.quote else 0, currency)
        yield f"{taxes.service} has {filed} of tax on file for this sale, and the buyer was charged {charged}"


def _of_refunds(standing: Standing) -> Iterator[str]:
    for refund in standing.order.refunds:
        amount = format_money(refund.amount, standing.order.currency)
        if refund.state is TransferState.UNKNOWN:
            yield f"whether {refund.refund_id} ({amount}) went through is not known: read the order again"
        elif not refund.counts and standing.money.refundable:
            why = f" ({refund.decline.message})" if refund.decline else ""
            yield f"{refund.refund_id} ({amount}) failed{why}: the money is refundable again"
