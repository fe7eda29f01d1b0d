"""An order without its buyer's data costs what it did, whoever worked its taxes out."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from flint_domain.commands.privacy import redacted, require_done
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.order.amendments.model import Amending
from flint_domain.order.lifecycle import standing
from flint_domain.order.lines import Line
from flint_domain.order.model import Canceling, Order
from flint_domain.order.tax.model import Tax
from flint_domain.order.tax.quoting import QuoteNeeded
from flint_domain.order.tax.service import QuotedTax, SaleReport, ServiceTaxes, TaxQuote

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOME = Address(
    country="US", name="Ann", line1="1 Pine St", city="Philadelphia", region="PA", postal_code="19122", phone="555"
)
ORDER = Order(
    order_id="ord_1",
    merchant_id="mer_1",
    version=3,
    currency="USD",
    customer_id="ann",
    shipping_address=HOME,
    lines=(Line(line_id="li_1", name="Mug", quantity=Decimal(1), unit_price=1000, note="for Ann"),),
    note="ring twice",
    metadata={"who": "Ann"},
    buyer_email="ann@example.com",
    created_at=NOW,
    updated_at=NOW,
)


def quoted(order: Order) -> Order:
    """The order with the quote that its price asks for."""
    taxed = replace(order, service_taxes=ServiceTaxes(service="service"))
    try:
        standing(taxed)
    except QuoteNeeded as needed:
        rate = Tax(tax_rate_id="txr_1", name="PA tax", percent=Decimal(6), inclusive=False)
        item = (QuotedTax(tax_rate_id="txr_1", taxable=1000, amount=60),)
        quote = TaxQuote(request=needed.request, reference="calc_1", rates=(rate,), items=(item,))
        return replace(taxed, service_taxes=ServiceTaxes(service="service", quotes=(quote,)))
    raise AssertionError("no quote was asked for")


def test_what_is_the_buyers_own_goes_and_where_it_was_taxed_stays() -> None:
    kept = redacted(ORDER, "cus_1")
    assert kept == replace(
        ORDER,
        customer_id="cus_1",
        shipping_address=Address(country="US", region="PA"),
        lines=(replace(ORDER.lines[0], note=None),),
        note=None,
        metadata={},
        buyer_email=None,
    )
    assert standing(kept).priced.total == standing(ORDER).priced.total == 1000


def test_taxes_of_a_service_stay_without_asking_it_again() -> None:
    order = quoted(ORDER)
    kept = redacted(order, "cus_1")
    assert standing(kept).priced.total == standing(order).priced.total == 1060
    assert "Pine" not in repr(kept)
    assert "19122" not in repr(kept)


@pytest.mark.parametrize(
    ("order", "code", "why"),
    [
        (replace(ORDER, canceling=Canceling(awaited=("trf_1",))), "order_canceling", "is being canceled"),
        (replace(ORDER, amending=Amending(amendment_id="amd_1")), "order_amending", "is being changed"),
        (
            replace(
                quoted(ORDER),
                service_taxes=replace(
                    quoted(ORDER).service_taxes or ServiceTaxes(service="service"),
                    sales=(SaleReport(transfer_id="trf_1", calculation="calc_1"),),
                ),
            ),
            "payment_in_progress",
            "waits for the tax service",
        ),
    ],
    ids=["canceling", "amending", "reporting"],
)
def test_an_order_whose_money_has_no_answer_needs_its_buyer(order: Order, code: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        require_done(standing(order))
    assert refused.value.code == code
    assert refused.value.message == f"ord_1 {why}, and needs its buyer's data until then."
    assert refused.value.order_id == "ord_1"


def test_an_unpaid_order_needs_nobody() -> None:
    require_done(standing(ORDER))
