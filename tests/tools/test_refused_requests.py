"""What is well written and cannot be done: payments, coupons, refunds, versions, keys."""

import pytest

from tests.tools.agent import Agent, usd
from tests.tools.refusals import Refusal, check, parameters

Furnished = tuple[Agent, dict[str, str]]

PAYMENT = (
    Refusal(
        of="a card number",
        tool="pay_order",
        arguments={"orderId": "<open>", "paymentSourceTokens": ["4242424242424242"]},
        param="paymentSourceTokens.0",
        message="This looks like a card number; card data must not be sent here (in paymentSourceTokens.0).",
        hint="send a token that the processor made from the card (tok_…)",
    ),
    Refusal(
        of="a card number with blanks",
        tool="pay_order",
        arguments={"orderId": "<open>", "paymentSourceTokens": ["4242 4242 4242 4242"]},
        param="paymentSourceTokens.0",
        message="This looks like a card number; card data must not be sent here (in paymentSourceTokens.0).",
        hint="send a token that the processor made from the card (tok_…)",
    ),
    Refusal(
        of="a card number inside a token",
        tool="pay_order",
        arguments={"orderId": "<open>", "paymentSourceTokens": ["tok_4242-4242-4242-4242"]},
        param="paymentSourceTokens.0",
        message="This looks like a card number; card data must not be sent here (in paymentSourceTokens.0).",
        hint="send a token that the processor made from the card (tok_…)",
    ),
    Refusal(
        of="a card number in a tender",
        tool="pay_order",
        arguments={"orderId": "<open>", "tenders": [{"source": "4242424242424242", "amountMoney": usd(100)}]},
        param="tenders.0.source",
        message="This looks like a card number; card data must not be sent here (in tenders.0.source).",
        hint="send a token that the processor made from the card (tok_…)",
    ),
    Refusal(
        of="no source",
        tool="pay_order",
        arguments={"orderId": "<open>"},
        param="paymentSourceTokens",
        message="138.24 USD needs a payment source.",
        hint="give paymentSourceTokens (flint://reference/test-cards lists those for trying out) or tenders",
    ),
    Refusal(
        of="tokens and tenders",
        tool="pay_order",
        arguments={
            "orderId": "<open>",
            "paymentSourceTokens": ["tok_visa"],
            "tenders": [{"source": "tok_visa", "amountMoney": usd(100)}],
        },
        param="tenders",
        message="paymentSourceTokens and tenders are both given.",
        hint="give one of them",
    ),
    Refusal(
        of="tenders above the total",
        tool="pay_order",
        arguments={"orderId": "<open>", "tenders": [{"source": "tok_visa", "amountMoney": usd(13825)}]},
        code="amount_too_high",
        param="tenders",
        message="The tenders sum to 138.25 USD, and 138.24 USD can be charged.",
        hint="lower them to 138.24 USD in sum",
    ),
    Refusal(
        of="a tender of zero",
        tool="pay_order",
        arguments={"orderId": "<open>", "tenders": [{"source": "tok_visa", "amountMoney": usd(0)}]},
        code="invalid_money",
        param="tenders",
        message="A tender of zero pays nothing.",
        hint="leave it out, or give an amount above zero",
    ),
    Refusal(
        of="an amount that is no longer outstanding",
        tool="pay_order",
        arguments={"orderId": "<open>", "paymentSourceTokens": ["tok_visa"], "expectedOutstandingMoney": usd(11059)},
        code="amount_changed",
        param="expectedOutstandingMoney",
        message="138.24 USD is outstanding, not 110.59 USD.",
        hint="tell the buyer the amount of now and send the call again with it",
    ),
    Refusal(
        of="a paid order",
        tool="pay_order",
        arguments={"orderId": "<paid>", "paymentSourceTokens": ["tok_visa"]},
        code="nothing_to_pay",
        message="Not possible: the order is paid.",
        hint="read the order for what is possible now",
    ),
    Refusal(
        of="the same part again within minutes",
        tool="pay_order",
        arguments={"orderId": "<part paid>", "tenders": [{"source": "tok_visa", "amountMoney": usd(2000)}]},
        code="look_alike_payment",
        message="<part> took the same 20.00 USD from the same source minutes ago.",
        hint="if this one is meant as well, send it with a new idempotencyKey; if it was a retry, it is done",
    ),
    Refusal(
        of="a captured payment to capture",
        tool="capture_payment",
        arguments={"paymentIntentId": "<payment>"},
        code="nothing_to_capture",
        message="Not possible: what was authorized has been captured or released.",
        hint="read the order for what is possible now",
    ),
    Refusal(
        of="a capture of zero",
        tool="capture_payment",
        arguments={"paymentIntentId": "<payment>", "amountMoney": usd(0)},
        code="invalid_money",
        param="amountMoney",
        message="Capturing zero takes nothing.",
        hint="call void_payment to release the hold",
    ),
    Refusal(
        of="a captured payment to void",
        tool="void_payment",
        arguments={"paymentIntentId": "<payment>"},
        code="nothing_to_void",
        message="Not possible: no payment is authorized or waits for the buyer.",
        hint="read the order for what is possible now",
    ),
    Refusal(
        of="a price change after payment",
        tool="update_order",
        arguments={"orderId": "<paid>", "tipMoney": usd(500)},
        code="price_locked",
        message="Not possible: money has been captured.",
        hint="call amend_order instead",
    ),
    Refusal(
        of="an unpaid order to close",
        tool="close_order",
        arguments={"orderId": "<open>"},
        code="outstanding_remains",
        message="Not possible: the order is not paid in full.",
        hint="pay_order would make it possible: call it only if that is wanted, too",
    ),
)

COUPONS = (
    Refusal(
        of="a code that nobody has",
        tool="apply_coupon",
        arguments={"orderId": "<open>", "couponCode": "NOPE"},
        code="coupon_not_found",
        param="couponCode",
        message='There is no coupon "NOPE".',
        hint="check the code with whoever gave it, or pay 138.24 USD without one",
    ),
    Refusal(
        of="a code that cannot be one",
        tool="apply_coupon",
        arguments={"orderId": "<open>", "couponCode": "20% off; DROP TABLE coupons"},
        param="couponCode",
        message='"20% off; DROP TABLE coupons" is not a coupon code (in couponCode).',
        hint="codes have 1 to 64 letters, digits, '_' or '-'",
    ),
    Refusal(
        of="an expired coupon",
        tool="apply_coupon",
        arguments={"orderId": "<open>", "couponCode": "EXPIRED"},
        code="coupon_expired",
        param="couponCode",
        message="EXPIRED expired on 2020-01-01 00:00 UTC.",
        hint="apply another code, or pay 138.24 USD without one",
    ),
    Refusal(
        of="a coupon that has not started",
        tool="apply_coupon",
        arguments={"orderId": "<open>", "couponCode": "FUTURE"},
        code="coupon_not_started",
        param="couponCode",
        message="FUTURE starts on 2999-01-01 00:00 UTC.",
        hint="apply another code, or pay 138.24 USD without one",
    ),
    Refusal(
        of="a coupon that is switched off",
        tool="apply_coupon",
        arguments={"orderId": "<open>", "couponCode": "OFF"},
        code="coupon_inactive",
        param="couponCode",
        message="OFF is switched off.",
        hint="apply another code, or pay 138.24 USD without one",
    ),
    Refusal(
        of="a coupon that is used up",
        tool="apply_coupon",
        arguments={"orderId": "<open>", "couponCode": "ONCE"},
        code="coupon_used_up",
        param="couponCode",
        message="ONCE has been used as often as it allows.",
        hint="apply another code, or pay 138.24 USD without one",
    ),
    Refusal(
        of="a minimum that is not met",
        tool="apply_coupon",
        arguments={"orderId": "<open>", "couponCode": "BIG"},
        code="coupon_minimum_not_met",
        param="couponCode",
        message="BIG asks for 200.00 USD of eligible items; missing: 72.00 USD more.",
        hint="add items, or apply another code",
    ),
    Refusal(
        of="a coupon for other items",
        tool="apply_coupon",
        arguments={"orderId": "<open>", "couponCode": "BOOKS"},
        code="coupon_no_eligible_items",
        param="couponCode",
        message="BOOKS covers none of the order's items, only book.",
        hint="apply another code, or pay 138.24 USD without one",
    ),
    Refusal(
        of="a coupon per customer without one",
        tool="apply_coupon",
        arguments={"orderId": "<anonymous>", "couponCode": "PERSONAL"},
        code="coupon_needs_customer",
        param="couponCode",
        message="PERSONAL is limited per customer, and the order has no customer.",
        hint="set customerId with update_order first",
    ),
    Refusal(
        of="a coupon that is not applied",
        tool="remove_coupon",
        arguments={"orderId": "<open>", "couponCode": "LAUNCH20"},
        code="coupon_not_applied",
        message="Not possible: no coupon is applied.",
        hint="apply_coupon would make it possible: call it only if that is wanted, too",
    ),
    Refusal(
        of="a coupon after payment",
        tool="apply_coupon",
        arguments={"orderId": "<paid>", "couponCode": "LAUNCH20"},
        code="price_locked",
        message="Not possible: money has been captured.",
        hint="read the order for what is possible now",
    ),
    Refusal(
        of="a code that exists",
        tool="create_coupon",
        arguments={"couponCode": "launch20", "percent": 10},
        code="coupon_exists",
        param="couponCode",
        message="There is a coupon launch20 already.",
        hint="choose another code, or change that one with update_coupon",
    ),
    Refusal(
        of="a coupon without terms",
        tool="create_coupon",
        arguments={"couponCode": "FREE"},
        param="percent",
        message="A coupon takes percent or discountMoney, and not both.",
        hint="give exactly one of them",
    ),
    Refusal(
        of="a coupon of zero percent",
        tool="create_coupon",
        arguments={"couponCode": "FREE", "percent": 0},
        param="percent",
        message="The coupon would take nothing off.",
        hint="give a percentage or an amount above zero",
    ),
    Refusal(
        of="a coupon that ends before it starts",
        tool="create_coupon",
        arguments={
            "couponCode": "FREE",
            "percent": 5,
            "startsAt": "2026-02-01T00:00:00Z",
            "endsAt": "2026-01-01T00:00:00Z",
        },
        param="endsAt",
        message="endsAt 2026-01-01 00:00 UTC is not after startsAt 2026-02-01 00:00 UTC.",
        hint="give an endsAt after startsAt",
    ),
)

REFUNDS = (
    Refusal(
        of="neither order nor payment",
        tool="create_refund",
        param="orderId",
        message="Neither orderId nor paymentIntentId is given.",
        hint="name the order, or one of its payments",
    ),
    Refusal(
        of="an unpaid order",
        tool="create_refund",
        arguments={"orderId": "<open>"},
        code="nothing_to_refund",
        message="Not possible: nothing has been paid yet.",
        hint="pay_order would make it possible: call it only if that is wanted, too",
    ),
    Refusal(
        of="nothing",
        tool="create_refund",
        arguments={"orderId": "<paid>", "amountMoney": usd(0)},
        code="invalid_money",
        param="amountMoney",
        message="A refund of zero gives nothing back.",
        hint="give an amount above zero",
    ),
    Refusal(
        of="an empty list of lines",
        tool="create_refund",
        arguments={"orderId": "<paid>", "lines": []},
        param="lines",
        message="lines has no items.",
        hint="give at least 1",
    ),
    Refusal(
        of="an empty list of charges",
        tool="quote_refund",
        arguments={"orderId": "<paid>", "chargeIds": []},
        param="chargeIds",
        message="chargeIds has no items.",
        hint="give at least 1",
    ),
    Refusal(
        of="more than was paid",
        tool="create_refund",
        arguments={"orderId": "<paid>", "amountMoney": usd(13825)},
        code="amount_too_high",
        param="amountMoney",
        message="138.25 USD is more than the 138.24 USD that can go back.",
        hint="refund at most 138.24 USD",
    ),
    Refusal(
        of="a quote of more than was paid",
        tool="quote_refund",
        arguments={"orderId": "<paid>", "amountMoney": usd(13825)},
        code="amount_too_high",
        param="amountMoney",
        message="138.25 USD is more than the 138.24 USD that can go back.",
        hint="refund at most 138.24 USD",
    ),
    Refusal(
        of="another order's payment",
        tool="create_refund",
        arguments={"orderId": "<open>", "paymentIntentId": "<payment>"},
        param="paymentIntentId",
        message="<payment> is not a payment of <open>.",
        hint="name one of the two, or a payment of that order",
    ),
    Refusal(
        of="another order's line",
        tool="create_refund",
        arguments={"orderId": "<paid>", "lines": [{"lineItemId": "<open line>"}]},
        code="not_found",
        param="lines",
        message="<open line> is not on <paid>.",
        hint="use a lineItemId or charge id of this order",
    ),
    Refusal(
        of="an amount and lines",
        tool="create_refund",
        arguments={"orderId": "<paid>", "amountMoney": usd(100), "lines": [{"lineItemId": "<paid line>"}]},
        param="amountMoney",
        message="amountMoney and lines, chargeIds or tip are both given.",
        hint="give the amount or the items",
    ),
    Refusal(
        of="a line twice",
        tool="create_refund",
        arguments={"orderId": "<paid>", "lines": [{"lineItemId": "<paid line>"}, {"lineItemId": "<paid line>"}]},
        param="lines",
        message="A line or charge is named twice.",
        hint="name each once, with the whole quantity",
    ),
    Refusal(
        of="a tip that was not given",
        tool="create_refund",
        arguments={"orderId": "<paid>", "tip": True},
        code="not_found",
        param="tip",
        message="The order has no tip.",
        hint="use a lineItemId or charge id of this order",
    ),
    Refusal(
        of="a reason that is none",
        tool="create_refund",
        arguments={"orderId": "<paid>", "reason": "angry"},
        param="reason",
        message='reason "angry" is not one of its values.',
        hint="send 'requested_by_customer', 'duplicate', 'fraudulent', 'damaged', 'wrong_item' or 'not_received'",
    ),
    Refusal(
        of="money to a card that never paid",
        tool="create_refund",
        arguments={"orderId": "<paid>", "refundTo": "tok_amex"},
        code="tender_never_paid",
        param="refundTo",
        message="What refundTo names did not pay <paid>, or has all of its money back.",
        hint='leave refundTo out to give it back to what paid, or send "store_credit" or the id of a gift card',
    ),
    Refusal(
        of="store credit for nobody",
        tool="quote_refund",
        arguments={"orderId": "<refunded>", "refundTo": "store_credit"},
        code="customer_needed",
        param="refundTo",
        message="Store credit belongs to a customer, and the order has none that Flint knows.",
        hint="set customerId (cus_…) with update_order first, or use another source",
    ),
    Refusal(
        of="the same again within minutes",
        tool="create_refund",
        arguments={"orderId": "<refunded>", "amountMoney": usd(2000)},
        code="look_alike_refund",
        message="<refund> gave the same 20.00 USD back minutes ago.",
        hint="if this one is meant as well, send it with a new idempotencyKey; if it was a retry, it is done",
    ),
    Refusal(
        of="an order that was refunded",
        tool="create_refund",
        arguments={"orderId": "<returned>"},
        code="nothing_to_refund",
        message="Not possible: all that was paid has been refunded.",
        hint="read the order for what is possible now",
    ),
)

VERSIONS_AND_KEYS = (
    Refusal(
        of="a stale version",
        tool="update_order",
        arguments={"orderId": "<changed>", "note": "Call back", "expectedVersion": 1},
        code="version_conflict",
        param="expectedVersion",
        message="<changed> is at version 2, not 1.",
        hint="read what changed, then send the call again with the current version or without expectedVersion",
    ),
    Refusal(
        of="a version that is yet to come",
        tool="pay_order",
        arguments={"orderId": "<open>", "paymentSourceTokens": ["tok_visa"], "expectedVersion": 7},
        code="version_conflict",
        param="expectedVersion",
        message="<open> is at version 1, not 7.",
        hint="read what changed, then send the call again with the current version or without expectedVersion",
    ),
    Refusal(
        of="version zero",
        tool="update_order",
        arguments={"orderId": "<open>", "note": "Call back", "expectedVersion": 0},
        param="expectedVersion",
        message="expectedVersion 0 is out of range.",
        hint="send an integer of at least 1",
    ),
    Refusal(
        of="a key with other arguments",
        tool="pay_order",
        arguments={"orderId": "<open>", "paymentSourceTokens": ["tok_visa"], "idempotencyKey": "pay-1"},
        code="idempotency_key_reused",
        param="idempotencyKey",
        message="This idempotencyKey was used for pay_order with other arguments.",
        hint="use a new key for every intended action, and the same one only to repeat a call as it was",
    ),
    Refusal(
        of="a key of another tool",
        tool="create_refund",
        arguments={"orderId": "<paid>", "idempotencyKey": "pay-1"},
        code="idempotency_key_reused",
        param="idempotencyKey",
        message="This idempotencyKey was used for pay_order.",
        hint="use a new key for every intended action, and the same one only to repeat a call as it was",
    ),
    Refusal(
        of="an empty key",
        tool="create_refund",
        arguments={"orderId": "<paid>", "idempotencyKey": ""},
        param="idempotencyKey",
        message="This is not an idempotency key (in idempotencyKey).",
        hint="use 1 to 255 visible ASCII characters without spaces",
    ),
    Refusal(
        of="a key with blanks",
        tool="create_refund",
        arguments={"orderId": "<paid>", "idempotencyKey": "my key"},
        param="idempotencyKey",
        message="This is not an idempotency key (in idempotencyKey).",
        hint="use 1 to 255 visible ASCII characters without spaces",
    ),
)

TAX_RATES = (
    Refusal(
        of="a new rate without a percentage",
        tool="save_tax_rate",
        arguments={"name": "City tax"},
        param="ratePercent",
        message="A new rate needs name and ratePercent.",
        hint="give both, or the taxRateId of the rate to change",
    ),
    Refusal(
        of="a percentage with its sign",
        tool="save_tax_rate",
        arguments={"name": "City tax", "ratePercent": "8%"},
        param="ratePercent",
        message='percentage "8%" is not a decimal number (in ratePercent).',
        hint='send 2, or a string such as "1.5"',
    ),
    Refusal(
        of="a percentage as a decimal number",
        tool="save_tax_rate",
        arguments={"name": "City tax", "ratePercent": 8.25},
        param="ratePercent",
        message="percentage 8.25 is neither an integer nor a decimal string (in ratePercent).",
        hint='send it as a string: "8.25"',
    ),
    Refusal(
        of="a rate above a hundred percent",
        tool="save_tax_rate",
        arguments={"name": "City tax", "ratePercent": 101},
        param="ratePercent",
        message="percentage 101 is out of range (in ratePercent).",
        hint="send a number from 0 to 100",
    ),
)


@pytest.mark.parametrize("refusal", parameters(PAYMENT))
async def test_payments_that_cannot_be_are_refused(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)


@pytest.mark.promise("P4")
@pytest.mark.parametrize("refusal", parameters(COUPONS))
async def test_a_coupon_is_refused_naming_the_rule(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)


@pytest.mark.parametrize("refusal", parameters(REFUNDS))
async def test_refunds_that_cannot_be_are_refused(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)


@pytest.mark.parametrize("refusal", parameters(VERSIONS_AND_KEYS))
async def test_stale_versions_and_reused_keys_are_refused(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)


@pytest.mark.parametrize("refusal", parameters(TAX_RATES))
async def test_tax_rates_that_make_no_sense_are_refused(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)
