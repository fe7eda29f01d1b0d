"""Stripe Tax: what Flint asks and tells is in Stripe's OpenAPI file, and what Stripe answers becomes the order's taxes.

The third-party server knows no taxes, so the answers here are written after Stripe's documentation.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

import pytest
import stripe

from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.subjects import of_order
from flint_domain.order.payments.model import TransferState
from flint_domain.order.tax.errands import TAX_COMMIT, TAX_REVERSAL, TaxReport
from flint_domain.order.tax.service import ReportedPart, TaxedItem, TaxQuote, TaxRequest, TaxStatement
from flint_server.clock import SteppingClock
from flint_server.processors.stripe import tax as stripe_tax
from flint_server.processors.stripe.tax import StripeTax
from tests.contracts.processor_contract import NOW
from tests.contracts.stripe_canned import Canned, CannedClient, error
from tests.contracts.stripe_openapi import StripeOpenApi

OAKLAND = Address(country="US", line1="1 Broadway", city="Oakland", region="CA", postal_code="94607")
REQUEST = TaxRequest(
    currency="USD",
    address=OAKLAND,
    items=(
        TaxedItem(place="line 1", amount=9900, quantity=Decimal(2), category="txcd_10000000"),
        TaxedItem(place="line 2", amount=2900, quantity=Decimal("1.5"), category="books"),
        TaxedItem(place="charge 1", amount=500),
    ),
)


def tax(amount: int, of: int, percent: str, level: str = "state", name: str = "California") -> dict[str, Any]:
    return {
        "amount": amount,
        "taxable_amount": of,
        "jurisdiction": {"country": "US", "state": "CA", "level": level, "display_name": name},
        "sourcing": "destination",
        "taxability_reason": "standard_rated",
        "tax_rate_details": {"display_name": "Sales Tax", "percentage_decimal": percent, "tax_type": "sales_tax"},
    }


def untaxed(of: int) -> dict[str, Any]:
    return {**tax(0, of, "0"), "taxability_reason": "product_exempt", "tax_rate_details": None}


def item(place: str, amount: int, *taxes: dict[str, Any], behavior: str = "exclusive") -> dict[str, Any]:
    return {
        "id": f"tax_li_{place[-1]}",
        "reference": place,
        "amount": amount,
        "amount_tax": sum(each["amount"] for each in taxes),
        "tax_behavior": behavior,
        "tax_breakdown": list(taxes),
    }


ITEMS = (
    item("line 1", 9900, tax(718, 9900, "7.25"), tax(297, 9900, "3.0", "county", "Alameda")),
    item("line 2", 2900, untaxed(2900)),
    item("charge 1", 500, tax(36, 500, "7.250")),
)


def calculated(*items: dict[str, Any], **fields: Any) -> Canned:
    total = sum(each["amount_tax"] for each in items)
    made = {
        "id": "taxcalc_1",
        "object": "tax.calculation",
        "expires_at": int((NOW + timedelta(days=90)).timestamp()),
        "tax_amount_exclusive": total,
        "tax_amount_inclusive": 0,
        "line_items": {"object": "list", "data": list(items), "has_more": False, "url": "/"},
    }
    return 200, made | fields


RECORDED: Canned = (200, {"id": "tax_1", "object": "tax.transaction"})
FORGOTTEN = error(400, code="resource_missing", param="calculation")
LINES: Canned = (200, {"object": "list", "data": list(ITEMS), "has_more": False, "url": "/"})


def service(client: CannedClient, **options: Any) -> StripeTax:
    return StripeTax("sk_test_1", clock=SteppingClock(NOW), http_client=client, **options)


async def quoted(**fields: Any) -> TaxQuote:
    return replace(await service(CannedClient(calculated(*ITEMS))).calculate(REQUEST), **fields)


def report(kind: Literal["tax_commit", "tax_reversal"], statement: TaxStatement) -> TaxReport:
    return TaxReport(
        errand_id="trf_1",
        merchant_id="mer_1",
        kind=kind,
        subject=of_order("ord_1"),
        order_id="ord_1",
        amount=statement.tax,
        currency="USD",
        statement=statement,
        leased_until=NOW,
        created_at=NOW,
        updated_at=NOW,
    )


async def sale(**fields: Any) -> TaxReport:
    return report(TAX_COMMIT, TaxStatement(quote=await quoted(**fields)))


# ── quotes ──


async def test_the_question_is_one_that_stripe_takes(stripe_spec: StripeOpenApi) -> None:
    client = CannedClient(calculated(*ITEMS), spec=stripe_spec)
    await service(client).calculate(REQUEST)
    method, path, body = client.asked[0]
    assert (method, path) == ("POST", "/v1/tax/calculations")
    assert body["customer_details"] == {
        "address": {
            "country": "US",
            "line1": "1 Broadway",
            "city": "Oakland",
            "state": "CA",
            "postal_code": "94607",
        },
        "address_source": "shipping",
        "taxability_override": "none",
    }
    assert list(body["line_items"].values()) == [
        {
            "amount": "9900",
            "reference": "line 1",
            "tax_behavior": "exclusive",
            "quantity": "2",
            "tax_code": "txcd_10000000",
        },
        {"amount": "2900", "reference": "line 2", "tax_behavior": "exclusive"},
        {
            "amount": "500",
            "reference": "charge 1",
            "tax_behavior": "exclusive",
            "quantity": "1",
            "tax_code": "txcd_92010001",
        },
    ]


async def test_the_answer_is_taken_to_the_cent_with_each_jurisdictions_rate() -> None:
    quote = await quoted()
    assert [(rate.tax_rate_id, rate.name, rate.percent) for rate in quote.rates] == [
        ("stripe:us:ca:state:california:sales-tax:7.25", "Sales Tax (California)", Decimal("7.25")),
        ("stripe:us:ca:county:alameda:sales-tax:3", "Sales Tax (Alameda)", Decimal(3)),
    ]
    assert [[(each.taxable, each.amount) for each in taxes] for taxes in quote.items] == [
        [(9900, 718), (9900, 297)],
        [],
        [(500, 36)],
    ]
    assert (quote.reference, quote.tax, quote.expires_at) == ("taxcalc_1", 1051, NOW + timedelta(days=90))


async def test_an_exempt_buyer_and_prices_with_tax_are_told(stripe_spec: StripeOpenApi) -> None:
    inside = [item(each["reference"], each["amount"], behavior="inclusive") for each in ITEMS]
    client = CannedClient(calculated(*inside), spec=stripe_spec)
    quote = await service(client, inclusive=True).calculate(replace(REQUEST, exempt=True))
    body = client.asked[0][2]
    assert body["customer_details"]["taxability_override"] == "customer_exempt"
    assert {each["tax_behavior"] for each in body["line_items"].values()} == {"inclusive"}
    assert (quote.tax, quote.rates) == (0, ())


async def test_a_tax_inside_a_price_is_inclusive() -> None:
    one = replace(REQUEST, items=REQUEST.items[:1])
    inside = item("line 1", 9900, tax(669, 9231, "7.25"), behavior="inclusive")
    told = calculated(inside, tax_amount_exclusive=0, tax_amount_inclusive=669)
    quote = await service(CannedClient(told), inclusive=True).calculate(one)
    assert [(rate.inclusive, rate.tax_rate_id[-9:]) for rate in quote.rates] == [(True, "inclusive")]


async def test_more_lines_than_stripe_gives_at_once_are_asked_for(stripe_spec: StripeOpenApi) -> None:
    some = {"object": "list", "data": [ITEMS[0]], "has_more": True, "url": "/"}
    client = CannedClient(calculated(*ITEMS, line_items=some), LINES, spec=stripe_spec)
    assert (await service(client).calculate(REQUEST)).tax == 1051
    assert client.asked[1][1].startswith("/v1/tax/calculations/taxcalc_1/line_items?")


async def test_amounts_go_to_stripe_in_its_own_units() -> None:
    """Stripe counts the Icelandic króna in hundredths, which ISO 4217 gave up."""
    krona = TaxRequest(currency="ISK", address=Address(country="IS"), items=(TaxedItem(place="line 1", amount=1000),))
    vat = {**tax(24000, 100000, "24.0", "country", "Iceland")}
    client = CannedClient(calculated(item("line 1", 100000, vat)))
    quote = await service(client).calculate(krona)
    assert client.asked[0][2]["line_items"]["0"]["amount"] == "100000"
    assert (quote.tax, quote.items[0][0].taxable) == (240, 1000)


@pytest.mark.parametrize(
    "answer",
    [
        calculated(*ITEMS[:2]),
        calculated(*ITEMS, tax_amount_exclusive=1052),
        calculated({**ITEMS[0], "amount_tax": 1014}, *ITEMS[1:]),
        error(500, "api_error"),
        error(429, "rate_limit_error", code="rate_limit"),
        stripe.APIConnectionError("no network"),
    ],
    ids=["a line is missing", "the sum is another", "a line's sum is another", "500", "429", "no network"],
)
async def test_what_is_no_certain_answer_is_no_quote(answer: Canned) -> None:
    with pytest.raises(Refused) as caught:
        await service(CannedClient(answer)).calculate(REQUEST)
    assert (caught.value.code, caught.value.retryable) == ("tax_unavailable", True)
    assert caught.value.hint == "send the call again in a few seconds"


@pytest.mark.parametrize(
    ("answer", "code", "param"),
    [
        (error(400, code="customer_tax_location_invalid"), "invalid_argument", "shippingAddress"),
        (error(401), "tax_unavailable", None),
        (error(403), "tax_unavailable", None),
        (error(400, code="parameter_invalid_integer"), "tax_unavailable", None),
    ],
)
async def test_a_refusal_says_whose_it_is(answer: Canned, code: str, param: str | None) -> None:
    with pytest.raises(Refused) as caught:
        await service(CannedClient(answer)).calculate(REQUEST)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert "sk_test_1" not in f"{caught.value.message}{caught.value.hint}"


async def test_more_lines_than_stripe_takes_are_refused_before_it_is_asked() -> None:
    client = CannedClient(calculated(*ITEMS))
    items = tuple(TaxedItem(place=f"line {number}", amount=100) for number in range(1, 102))
    with pytest.raises(Refused, match="100 lines") as caught:
        await service(client).calculate(replace(REQUEST, items=items))
    assert (caught.value.code, client.asked) == ("invalid_argument", [])


async def test_an_amount_between_two_of_stripes_is_refused_before_it_is_asked() -> None:
    ariary = TaxRequest(currency="MGA", address=Address(country="MG"), items=(TaxedItem(place="line 1", amount=1050),))
    client = CannedClient(calculated())
    with pytest.raises(Refused, match=r"10\.50 MGA") as caught:
        await service(client).calculate(ariary)
    assert (caught.value.code, client.asked) == ("invalid_argument", [])


async def test_a_caller_waits_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_tax, "ANSWER_WITHIN", 0.0)
    with pytest.raises(Refused) as caught:
        await service(CannedClient(calculated(*ITEMS))).calculate(REQUEST)
    assert caught.value.code == "tax_unavailable"


# ── reports ──


async def test_a_sale_is_recorded_under_its_own_name_and_key(stripe_spec: StripeOpenApi) -> None:
    client = CannedClient(RECORDED, spec=stripe_spec)
    told = await sale()
    outcome = await service(client).perform(told)
    assert (outcome.state, outcome.reference, outcome.reported) == (TransferState.SUCCEEDED, "tax_1", None)
    _, path, body = client.asked[0]
    assert path == "/v1/tax/transactions/create_from_calculation"
    assert (body["calculation"], body["reference"]) == ("taxcalc_1", "ord_1-trf_1")
    assert (body["metadata"]["order_id"], client.keys) == ("ord_1", [told.key])


@pytest.mark.parametrize("expired", [True, False], ids=["by the clock", "by Stripe's word"])
async def test_a_calculation_that_stripe_forgot_is_made_again_and_said(
    stripe_spec: StripeOpenApi, *, expired: bool
) -> None:
    dearer = (item("line 1", 9900, tax(800, 9900, "8.08")), *ITEMS[1:])
    again = calculated(*dearer, id="taxcalc_2")
    answers = (again, RECORDED) if expired else (FORGOTTEN, again, RECORDED)
    client = CannedClient(*answers, spec=stripe_spec)
    told = await sale(expires_at=NOW - timedelta(days=1) if expired else None)
    outcome = await service(client).perform(told)
    assert (outcome.state, outcome.reference, outcome.reported) == (TransferState.SUCCEEDED, "tax_1", 836)
    assert client.asked[-1][2]["calculation"] == "taxcalc_2"
    assert client.keys[-2:] == [f"{told.key}:calculation", f"{told.key}:anew"]


async def test_parts_are_taken_back_of_the_lines_that_they_are_of(stripe_spec: StripeOpenApi) -> None:
    inside = {**ITEMS[1], "tax_behavior": "inclusive"}
    lines: Canned = (200, {"object": "list", "data": [ITEMS[0], inside], "has_more": False, "url": "/"})
    client = CannedClient(lines, (200, {"id": "tax_2"}), spec=stripe_spec)
    parts = (ReportedPart(place="line 1", net=4950, tax=508), ReportedPart(place="line 2", net=1000, tax=190))
    told = report(TAX_REVERSAL, TaxStatement(sale_reference="tax_1", parts=parts))
    outcome = await service(client).perform(told)
    assert (outcome.state, outcome.reference) == (TransferState.SUCCEEDED, "tax_2")
    assert client.asked[0][:2] == ("GET", "/v1/tax/transactions/tax_1/line_items?limit=100")
    body = client.asked[1][2]
    assert (body["mode"], body["original_transaction"], body["reference"]) == ("partial", "tax_1", "ord_1-trf_1")
    assert list(body["line_items"].values()) == [
        {"original_line_item": "tax_li_1", "reference": "line 1", "amount": "-4950", "amount_tax": "-508"},
        {"original_line_item": "tax_li_2", "reference": "line 2", "amount": "-1190", "amount_tax": "-190"},
    ]


async def test_a_whole_sale_is_taken_back_as_a_whole(stripe_spec: StripeOpenApi) -> None:
    client = CannedClient(RECORDED, spec=stripe_spec)
    parts = (ReportedPart(place="line 1", net=9900, tax=1015),)
    told = report(TAX_REVERSAL, TaxStatement(sale_reference="tax_1", parts=parts, whole=True))
    await service(client).perform(told)
    assert client.asked[0][2]["mode"] == "full"
    assert "line_items" not in client.asked[0][2]


async def test_a_part_of_no_line_is_refused_and_not_guessed() -> None:
    parts = (ReportedPart(place="line 9", net=100, tax=8),)
    told = report(TAX_REVERSAL, TaxStatement(sale_reference="tax_1", parts=parts))
    outcome = await service(CannedClient(LINES)).perform(told)
    assert (outcome.state, outcome.decline and outcome.decline.code) == (TransferState.DECLINED, "unreadable")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (stripe.APIConnectionError("no network"), TransferState.UNKNOWN),
        (error(500, "api_error"), TransferState.UNKNOWN),
        (error(401), TransferState.UNKNOWN),
        (error(403), TransferState.UNKNOWN),
        (error(400, message="The reference has been used."), TransferState.DECLINED),
    ],
)
async def test_only_a_definite_no_ends_a_report(answer: Canned, state: TransferState) -> None:
    assert (await service(CannedClient(answer)).perform(await sale())).state is state
    parts = (ReportedPart(place="line 1", net=100, tax=8),)
    told = report(TAX_REVERSAL, TaxStatement(sale_reference="tax_1", parts=parts))
    assert (await service(CannedClient(answer)).perform(told)).state is state
    assert (await service(CannedClient(LINES, answer)).perform(told)).state is state


def test_the_key_stays_out_of_sight() -> None:
    assert "sk_test_1" not in repr(service(CannedClient(RECORDED)))
