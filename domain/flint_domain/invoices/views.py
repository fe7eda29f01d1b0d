"""What callers read of an invoice or credit note."""

from collections.abc import Iterator
from datetime import date

from pydantic import Field

from flint_domain.invoices.model import DocumentKind, DocumentLine, LineKind, Party, TaxGroup
from flint_domain.invoices.status import InvoiceStanding, InvoiceStatus
from flint_domain.kernel.money import exponent, format_money
from flint_domain.kernel.wire import Id, MoneyView, Percent, Quantity, Timestamp, WireModel, money


class InvoicePeriodView(WireModel):
    """Days, both included."""

    first_day: date
    last_day: date


class InvoiceLineView(WireModel):
    """One position, without tax; what is taken off has a negative quantity."""

    kind: LineKind
    line_item_id: str = Field(description="the order's line item or charge; tip")
    name: str
    description: str | None = None
    sku: str | None = None
    quantity: Quantity
    unit_price: str | None = Field(
        default=None, description="without tax, in major units, with as many decimals as it needs"
    )
    discount_money: MoneyView | None = None
    net_money: MoneyView = Field(description="after the discount, without tax")
    tax_money: MoneyView
    tax_percent: Percent
    period: InvoicePeriodView | None = None


class InvoiceTaxView(WireModel):
    """Everything under one rate."""

    category: str = Field(description="of EN 16931: S, Z, E, AE, K, G, O")
    name: str | None = None
    rate_percent: Percent
    reason: str | None = Field(default=None, description="why there is no tax")
    taxable_money: MoneyView
    tax_money: MoneyView


class InvoicePartyView(WireModel):
    """A seller or buyer, as the document names them."""

    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2")
    vat_id: str | None = None
    tax_number: str | None = None


class CorrectedView(WireModel):
    """The document that this one is about."""

    invoice_id: str
    number: str
    issued_on: date


class InvoiceView(WireModel):
    """An invoice or credit note: what it says is frozen, where it stands is as of now."""

    summary: str
    invoice_id: Id
    kind: DocumentKind
    number: str | None = Field(default=None, description="none of a draft")
    status: InvoiceStatus | None = Field(default=None, description="of an invoice; a credit note has none")
    overdue: bool = False
    order_id: str
    order_reference: str | None = None
    issued_at: Timestamp | None = None
    issued_on: date | None = None
    due_on: date | None = None
    lines: tuple[InvoiceLineView, ...]
    taxes: tuple[InvoiceTaxView, ...]
    net_money: MoneyView
    tax_money: MoneyView
    total_money: MoneyView
    due_money: MoneyView = Field(description="what is to be paid of it now")
    seller: InvoicePartyView
    buyer: InvoicePartyView
    buyer_reference: str | None = None
    purchase_order: str | None = None
    memo: str | None = None
    reason: str | None = None
    corrects: tuple[CorrectedView, ...] = ()


def invoice_view(standing: InvoiceStanding) -> InvoiceView:
    document = standing.document
    currency = document.currency
    is_invoice = document.kind == "invoice"
    return InvoiceView(
        summary=" ".join(_summary(standing)),
        invoice_id=document.document_id,
        kind=document.kind,
        number=document.number,
        status=standing.status if is_invoice or document.number is None else None,
        overdue=standing.overdue,
        order_id=document.order_id,
        order_reference=document.order_reference,
        issued_at=document.issued_at,
        issued_on=document.issued_on,
        due_on=document.due_on,
        lines=tuple(_line(line, currency) for line in document.lines),
        taxes=tuple(_tax(group, currency) for group in document.groups),
        net_money=money(document.net, currency),
        tax_money=money(document.tax, currency),
        total_money=money(document.total, currency),
        due_money=money(standing.due if is_invoice else document.due, currency),
        seller=_party(document.seller),
        buyer=_party(document.buyer),
        buyer_reference=document.buyer_reference,
        purchase_order=document.purchase_order,
        memo=document.memo,
        reason=document.reason,
        corrects=tuple(
            CorrectedView(invoice_id=before.document_id, number=before.number, issued_on=before.issued_on)
            for before in document.preceding
        ),
    )


def _summary(standing: InvoiceStanding) -> Iterator[str]:
    """`OPEN invoice INV-2026-000001 of 2026-11-23: total 119.00 EUR, 119.00 EUR due by 2026-12-07.`"""
    document = standing.document
    kind = "invoice" if document.kind == "invoice" else "credit note"
    is_credit_note = document.kind == "credit_note" and document.number is not None
    yield f"Credit note {document.number}" if is_credit_note else f"{standing.status} {kind}"
    if document.number and not is_credit_note:
        yield document.number
    if document.issued_on:
        yield f"of {document.issued_on}"
    if document.preceding:
        yield f"to {', '.join(before.number for before in document.preceding)}"
    total = format_money(document.total, document.currency)
    due = format_money(standing.due, document.currency)
    if document.kind == "credit_note" or not standing.due:
        yield f"for {total}."
        return
    by = f" by {document.due_on}" if document.due_on else ""
    yield f"for {total}, {due} due{by}{', overdue' if standing.overdue else ''}."


def _line(line: DocumentLine, currency: str) -> InvoiceLineView:
    price = None if line.unit_price is None else f"{line.unit_price.scaleb(-exponent(currency)):f}"
    period = line.period
    return InvoiceLineView(
        kind=line.kind,
        line_item_id=line.item_id,
        name=line.name,
        description=line.description,
        sku=line.sku,
        quantity=line.quantity,
        unit_price=price,
        discount_money=money(line.discount, currency) if line.discount else None,
        net_money=money(line.net, currency),
        tax_money=money(line.tax, currency),
        tax_percent=line.key.percent,
        period=InvoicePeriodView(first_day=period.first, last_day=period.last) if period else None,
    )


def _tax(group: TaxGroup, currency: str) -> InvoiceTaxView:
    return InvoiceTaxView(
        category=group.key.category,
        name=group.key.name or None,
        rate_percent=group.key.percent,
        reason=group.key.reason,
        taxable_money=money(group.base, currency),
        tax_money=money(group.tax, currency),
    )


def _party(party: Party) -> InvoicePartyView:
    address = party.address
    return InvoicePartyView(
        name=party.name,
        line1=address.line1,
        line2=address.line2,
        postal_code=address.postal_code,
        city=address.city,
        region=address.region,
        country=address.country,
        vat_id=party.vat_id,
        tax_number=party.tax_number,
    )
