"""What a tax service is told of an order: its sale once it is paid, and what went back.

The next report is derived from the order alone, so that it does not matter what made the order what it is. One report
is under way at a time. A sale whose taxes have changed since (an amendment), or of which too much was taken back (a
refund failed after it had succeeded), is withdrawn and told anew: the services undo no reversal.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.money import format_money
from flint_domain.kernel.subjects import of_order
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Change, Order
from flint_domain.order.payments.model import Outcome, TransferState
from flint_domain.order.refunds.model import RefundPart
from flint_domain.order.tax.errands import TAX_COMMIT, TAX_REVERSAL, TaxReport
from flint_domain.order.tax.quoting import charge_place, line_place
from flint_domain.order.tax.service import ReportedPart, Reversal, SaleReport, ServiceTaxes, TaxQuote, TaxStatement


def settled_quotes(found: Standing) -> Standing:
    """The order with the quotes that it needs: its own and its sale's; all of them while an amendment is under way."""
    taxes = found.order.service_taxes
    if taxes is None or found.order.amending is not None:
        return found
    own, sale = found.priced.quote, taxes.sale
    kept = [own] if own is not None else []
    if sale is not None:
        kept += [quote for quote in taxes.quotes if quote.reference == sale.calculation and quote is not own][:1]
    return replace(found, order=replace(found.order, service_taxes=replace(taxes, quotes=tuple(kept))))


def next_report(found: Standing, moment: Moment) -> tuple[Order, TaxReport] | None:
    """The order with what its tax service is told next, and the errand that tells it; None when it knows all."""
    taxes, quote = found.order.service_taxes, found.priced.quote
    if taxes is None or found.order.amending is not None or taxes.is_reporting:
        return None
    sale = taxes.sale
    if sale is None:
        refused = quote is not None and quote.reference in taxes.refused_calculations
        return None if quote is None or refused or not found.settled else _tell(found.order, taxes, quote, moment)
    back, left = _given_back(found.order), _left(taxes, sale)
    made = taxes.reversals_of(sale)
    if quote is None or quote.reference != sale.calculation or any(each.given_back not in back for each in made):
        if not left:
            return next_report(replace(found, order=_with(found.order, taxes.without(sale))), moment)
        if any(each.sale == sale.transfer_id and each.given_back is None for each in taxes.reversals):
            return None  # it was refused: a person has been called
        rest = tuple(ReportedPart(place=place, net=net, tax=tax) for place, (net, tax) in left.items())
        return _take_back(found.order, taxes, sale, rest, moment)
    done = {reversal.given_back for reversal in taxes.reversals if reversal.sale == sale.transfer_id}
    for name, parts in back.items():
        taken = _within(left, _placed(found.order, parts)) if name not in done else ()
        if taken:
            return _take_back(found.order, taxes, sale, taken, moment, given_back=name)
    return None


def settle(order: Order, told: TaxReport, outcome: Outcome) -> Change:
    """What the service's answer to a report makes of the order. A definite no is left to a person."""
    taxes, report = order.service_taxes, told.errand_id
    assert taxes is not None, "only orders that a service taxes are reported to it"
    if outcome.state not in (TransferState.SUCCEEDED, TransferState.DECLINED):
        return Change(order)
    amount = format_money(told.amount, order.currency)
    data = {"transferId": report, "amount": told.amount, "currency": order.currency}
    if outcome.state is TransferState.DECLINED:
        refusal = outcome.decline.message if outcome.decline else "no reason given"
        fact = Fact("TAX_REPORT_REFUSED", f"The tax service refused a report of {amount} of tax.", data)
        return Change(_with(order, taxes.refused(report, refusal)), (fact,))
    if told.kind == TAX_REVERSAL:
        fact = Fact("TAX_REVERSED", f"{amount} of tax taken back at the tax service.", data)
        return Change(_with(order, taxes.reversed_(report)), (fact,))
    filed = outcome.reported if outcome.reported != told.amount else None
    fact = Fact("TAX_REPORTED", f"Sale reported to the tax service: {amount} of tax.", data)
    return Change(_with(order, taxes.told(report, outcome.reference, filed)), (fact,))


def _tell(order: Order, taxes: ServiceTaxes, quote: TaxQuote, moment: Moment) -> tuple[Order, TaxReport]:
    report = _report(order, taxes, moment, TAX_COMMIT, TaxStatement(quote=quote))
    told = SaleReport(transfer_id=report.errand_id, calculation=quote.reference)
    return _with(order, replace(taxes, sales=(*taxes.sales, told))), report


def _take_back(
    order: Order,
    taxes: ServiceTaxes,
    sale: SaleReport,
    parts: tuple[ReportedPart, ...],
    moment: Moment,
    *,
    given_back: str | None = None,
) -> tuple[Order, TaxReport]:
    left = _left(taxes, sale)
    statement = TaxStatement(
        sale_reference=sale.reference,
        parts=parts,
        whole=not taxes.reversals_of(sale) and {part.place: (part.net, part.tax) for part in parts} == left,
    )
    report = _report(order, taxes, moment, TAX_REVERSAL, statement)
    made = Reversal(transfer_id=report.errand_id, sale=sale.transfer_id, given_back=given_back, parts=parts)
    return _with(order, replace(taxes, reversals=(*taxes.reversals, made))), report


def _report(
    order: Order,
    taxes: ServiceTaxes,
    moment: Moment,
    kind: Literal["tax_commit", "tax_reversal"],
    statement: TaxStatement,
) -> TaxReport:
    """A report, written down as due at once: nobody waits for it, so the next recovery sends it."""
    return TaxReport(
        errand_id=moment.new_id("trf"),
        merchant_id=order.merchant_id,
        kind=kind,
        subject=of_order(order.order_id),
        order_id=order.order_id,
        amount=statement.tax,
        currency=order.currency,
        statement=statement,
        processor=taxes.service,
        leased_until=moment.now,
        created_at=moment.now,
        updated_at=moment.now,
    )


def _with(order: Order, taxes: ServiceTaxes) -> Order:
    return replace(order, service_taxes=taxes)


def _given_back(order: Order) -> dict[str, Sequence[RefundPart]]:
    """What has gone back for goods, by the refund or return that gave it."""
    refunds = {made.refund_id: made.parts for made in order.refunds if made.state is TransferState.SUCCEEDED}
    return {**refunds, **{made.return_id: made.credits for made in order.returns if made.credits}}


def _placed(order: Order, parts: Sequence[RefundPart]) -> list[ReportedPart]:
    """Parts by the places of their items. The tip, a difference and a moved payment are no item's."""
    places = {line.line_id: line_place(index) for index, line in enumerate(order.lines)}
    places |= {charge.charge_id: charge_place(index) for index, charge in enumerate(order.charges)}
    return [ReportedPart(place=places[part.of], net=part.net, tax=part.tax) for part in parts if part.of in places]


def _left(taxes: ServiceTaxes, sale: SaleReport) -> dict[str, tuple[int, int]]:
    """Net and tax of each place of a sale that have not been taken back, in minor units."""
    quote = next(quote for quote in taxes.quotes if quote.reference == sale.calculation)
    inclusive = {rate.tax_rate_id for rate in quote.rates if rate.inclusive}
    left: dict[str, tuple[int, int]] = {}
    for item, quoted in zip(quote.request.items, quote.items, strict=True):
        inside = sum(tax.amount for tax in quoted if tax.tax_rate_id in inclusive)
        left[item.place] = (item.amount - inside, sum(tax.amount for tax in quoted))
    for reversal in taxes.reversals_of(sale):
        for part in reversal.parts:
            net, tax = left[part.place]
            left[part.place] = (net - part.net, tax - part.tax)
    return {place: amounts for place, amounts in left.items() if any(amounts)}


def _within(left: dict[str, tuple[int, int]], parts: Sequence[ReportedPart]) -> tuple[ReportedPart, ...]:
    """The parts, no more of any place than is left of it. An amendment may have changed how much of a price is tax
    since the buyer got it back: what goes back stays the same, and as much of its tax as there is now."""
    back: dict[str, tuple[int, int]] = {}
    for part in parts:
        net, tax = back.get(part.place, (0, 0))
        back[part.place] = (net + part.net, tax + part.tax)
    taken: list[ReportedPart] = []
    for place, (net, tax) in back.items():
        most_net, most_tax = left.get(place, (0, 0))
        amount = min(net + tax, most_net + most_tax)
        of_net = min(amount - min(tax, most_tax), most_net)
        if amount:
            taken.append(ReportedPart(place=place, net=of_net, tax=amount - of_net))
    return tuple(taken)
