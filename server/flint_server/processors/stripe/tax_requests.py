"""The bodies that Flint sends to Stripe Tax, and what its answers say (https://docs.stripe.com/api/tax).

What is sent for a report is made from its errand alone, for Stripe compares it with the first one under its key.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flint_domain.kernel.money import exponent
from flint_domain.order.tax.errands import TaxReport
from flint_domain.order.tax.model import Tax
from flint_domain.order.tax.service import QuotedTax, TaxedItem, TaxQuote, TaxRequest
from flint_server.processors.stripe.money import stripe_exponent, to_stripe
from flint_server.processors.stripe.requests import metadata_of

if TYPE_CHECKING:
    from stripe.params.tax import (
        CalculationCreateParams,
        CalculationCreateParamsCustomerDetailsAddress,
        CalculationCreateParamsLineItem,
        TransactionCreateFromCalculationParams,
        TransactionCreateReversalParams,
        TransactionCreateReversalParamsLineItem,
    )

MOST_ITEMS = 100  # line items of one calculation, unless an account has asked Stripe for more
SHIPPING = "txcd_92010001"  # https://docs.stripe.com/tax/tax-codes: Flint's charges are what is paid beside the goods
_TAX_CODE = re.compile(r"txcd_[0-9]{8}\Z")
_BREAKDOWN = "tax_breakdown"

Json = Mapping[str, Any]


class Unreadable(Exception):
    """An answer whose amounts do not add up, or are no amounts of the currency; the message says where."""


def calculation(request: TaxRequest, *, inclusive: bool) -> "CalculationCreateParams":
    """The question what an order's taxes are. Raises ValueError for an amount that Stripe cannot hold exactly."""
    address = request.address
    where: CalculationCreateParamsCustomerDetailsAddress = {"country": address.country}
    if address.line1 is not None:
        where["line1"] = address.line1
    if address.line2 is not None:
        where["line2"] = address.line2
    if address.city is not None:
        where["city"] = address.city
    if address.region is not None:
        where["state"] = address.region
    if address.postal_code is not None:
        where["postal_code"] = address.postal_code
    return {
        "currency": request.currency.lower(),
        "customer_details": {
            "address": where,
            "address_source": "shipping",
            "taxability_override": "customer_exempt" if request.exempt else "none",
        },
        "line_items": [_item(item, request.currency, inclusive=inclusive) for item in request.items],
        "expand": ["line_items", f"line_items.data.{_BREAKDOWN}"],
    }


def _item(item: TaxedItem, currency: str, *, inclusive: bool) -> "CalculationCreateParamsLineItem":
    """A category that is no tax code of Stripe's leaves the choice to the account's settings."""
    body: CalculationCreateParamsLineItem = {
        "amount": to_stripe(item.amount, currency),
        "reference": item.place,
        "tax_behavior": "inclusive" if inclusive else "exclusive",
    }
    if item.quantity == item.quantity.to_integral_value() and item.quantity >= 1:
        body["quantity"] = int(item.quantity)
    if item.place.startswith("charge"):
        body["tax_code"] = SHIPPING
    elif item.category is not None and _TAX_CODE.match(item.category):
        body["tax_code"] = item.category
    return body


def quote_of(request: TaxRequest, calculated: Json, items: Sequence[Json]) -> TaxQuote:
    """A calculation as a quote. Raises Unreadable when its parts do not sum to what Stripe says they do."""
    by_place = {str(item["reference"]): item for item in items}
    rates: dict[str, Tax] = {}
    quoted: list[tuple[QuotedTax, ...]] = []
    for asked in request.items:
        item = by_place.get(asked.place)
        if item is None:
            raise Unreadable(f"{asked.place} is missing")
        taxes = [tax for tax in item.get(_BREAKDOWN) or () if tax["amount"]]
        if sum(tax["amount"] for tax in taxes) != item["amount_tax"]:
            raise Unreadable(f"the taxes of {asked.place} do not sum to its tax")
        inclusive = item["tax_behavior"] == "inclusive"
        parts: list[QuotedTax] = []
        for tax in taxes:
            rate = _rate(tax, inclusive=inclusive)
            rates[rate.tax_rate_id] = rate
            parts.append(
                QuotedTax(
                    tax_rate_id=rate.tax_rate_id,
                    taxable=_amount(tax["taxable_amount"], request.currency),
                    amount=_amount(tax["amount"], request.currency),
                )
            )
        quoted.append(tuple(parts))
    told = calculated["tax_amount_exclusive"] + calculated["tax_amount_inclusive"]
    if sum(item["amount_tax"] for item in by_place.values()) != told:
        raise Unreadable("the lines' taxes do not sum to the order's")
    expires = calculated.get("expires_at")
    return TaxQuote(
        request=request,
        reference=str(calculated["id"]),
        expires_at=None if expires is None else datetime.fromtimestamp(expires, UTC),
        rates=tuple(rates.values()),
        items=tuple(quoted),
    )


def _rate(tax: Json, *, inclusive: bool) -> Tax:
    """The rate behind a tax. Its id is made of what it is, so that the same rate has the same id on every order."""
    place: Json = tax["jurisdiction"]
    details: Json = tax["tax_rate_details"] or {}
    percent = Decimal(details.get("percentage_decimal") or 0).normalize()
    kind = str(details.get("tax_type") or "tax")
    where = [place["country"], place.get("state"), place["level"], place["display_name"], kind, f"{percent:f}"]
    words = [re.sub(r"[^a-z0-9.]+", "-", str(word).lower()).strip("-") for word in where if word]
    return Tax(
        tax_rate_id=":".join(["stripe", *words, *(["inclusive"] if inclusive else [])]),
        name=f"{details.get('display_name') or 'Tax'} ({place['display_name']})",
        percent=percent,
        inclusive=inclusive,
    )


def _amount(amount: int, currency: str) -> int:
    """Stripe's amount as minor units. Raises Unreadable for one that the currency has no coins for."""
    exact = amount * Decimal(10) ** (exponent(currency) - stripe_exponent(currency))
    if exact != int(exact):
        raise Unreadable(f"{amount} is no amount of {currency}")
    return int(exact)


def reference_of(report: TaxReport) -> str:
    """How a report is called at Stripe, which takes each name once: so that no report is ever counted twice."""
    return f"{report.order_id}-{report.errand_id}"


def sale(report: TaxReport, calculation: str) -> "TransactionCreateFromCalculationParams":
    return {"calculation": calculation, "reference": reference_of(report), "metadata": metadata_of(report)}


def reversal(report: TaxReport, original: str, items: Sequence[Json] | None) -> "TransactionCreateReversalParams":
    """What is taken back of a sale. items are the sale's at Stripe; without them all of it is.

    A line whose price holds its tax is taken back with it, others net. Raises Unreadable when a part is of no line.
    """
    body: TransactionCreateReversalParams = {
        "original_transaction": original,
        "reference": reference_of(report),
        "mode": "full" if items is None else "partial",
        "metadata": metadata_of(report),
    }
    if items is None:
        return body
    by_place = {str(item["reference"]): item for item in items}
    lines: list[TransactionCreateReversalParamsLineItem] = []
    for part in report.statement.parts:
        item = by_place.get(part.place)
        if item is None:
            raise Unreadable(f"{part.place} is missing")
        price = part.net + part.tax if item["tax_behavior"] == "inclusive" else part.net
        lines.append(
            {
                "original_line_item": str(item["id"]),
                "reference": part.place,
                "amount": -to_stripe(price, report.currency),
                "amount_tax": -to_stripe(part.tax, report.currency),
            }
        )
    body["line_items"] = lines
    return body
