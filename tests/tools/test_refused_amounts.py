"""Money, currencies and quantities that callers must not give."""

import pytest

from tests.tools.agent import Agent, usd
from tests.tools.refusals import HUGE, Refusal, check, line, parameters, priced

Furnished = tuple[Agent, dict[str, str]]

MONEY = (
    Refusal(
        of="a bare decimal number",
        tool="create_order",
        arguments=priced(29.0),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="Money is an object with amount and currency, not 29.0 (in lineItems.1.unitPriceMoney).",
        hint='send minor units: {"amount": 2900, "currency": "USD"} is 29.00 USD',
    ),
    Refusal(
        of="a bare string",
        tool="create_order",
        arguments=priced("29.00"),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message='Money is an object with amount and currency, not "29.00" (in lineItems.1.unitPriceMoney).',
        hint='send minor units: {"amount": 2900, "currency": "USD"} is 29.00 USD',
    ),
    Refusal(
        of="a bare integer",
        tool="create_order",
        arguments=priced(2900),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="Money is an object with amount and currency, not 2900 (in lineItems.1.unitPriceMoney).",
        hint='send minor units: {"amount": 2900, "currency": "USD"} is 29.00 USD',
    ),
    Refusal(
        of="a decimal amount",
        tool="create_order",
        arguments=priced({"amount": 29.5, "currency": "USD"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="amount 29.5 is a decimal number, not an integer (in lineItems.1.unitPriceMoney).",
        hint="amount is in minor units: 29.50 USD is 2950",
    ),
    Refusal(
        of="a whole amount written as a decimal",
        tool="create_order",
        arguments=priced({"amount": 29.0, "currency": "USD"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="amount 29.0 is a decimal number, not an integer (in lineItems.1.unitPriceMoney).",
        hint="amount is in minor units: 29.00 USD is 2900",
    ),
    Refusal(
        of="a decimal amount of yen",
        tool="create_order",
        arguments=priced({"amount": 2900.0, "currency": "JPY"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="amount 2900.0 is a decimal number, not an integer (in lineItems.1.unitPriceMoney).",
        hint="amount is in minor units: 2900 JPY is 2900",
    ),
    Refusal(
        of="an amount as a string",
        tool="create_order",
        arguments=priced({"amount": "2900", "currency": "USD"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message='amount "2900" is not an integer (in lineItems.1.unitPriceMoney).',
        hint='send minor units as a number: {"amount": 2900, "currency": "USD"} is 29.00 USD',
    ),
    Refusal(
        of="a boolean amount",
        tool="create_order",
        arguments=priced({"amount": True, "currency": "USD"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="amount true is not an integer (in lineItems.1.unitPriceMoney).",
        hint='send minor units as a number: {"amount": 2900, "currency": "USD"} is 29.00 USD',
    ),
    Refusal(
        of="no amount",
        tool="create_order",
        arguments=priced({"currency": "USD"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="Money without an amount (in lineItems.1.unitPriceMoney).",
        hint='send minor units: {"amount": 2900, "currency": "USD"} is 29.00 USD',
    ),
    Refusal(
        of="a negative amount",
        tool="create_order",
        arguments=priced(usd(-1)),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="amount -1 is below zero (in lineItems.1.unitPriceMoney).",
        hint="amounts are zero or more; refunds and discounts take away",
    ),
    Refusal(
        of="an amount beyond the largest",
        tool="create_order",
        arguments=priced(usd(1000000000001)),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="amount 1000000000001 is more than 1000000000000 (in lineItems.1.unitPriceMoney).",
        hint="the largest amount is 10000000000.00 USD",
    ),
    Refusal(
        of="an amount of thousands of digits",
        tool="create_order",
        arguments=priced({"amount": HUGE}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="amount a very long number is more than 1000000000000 (in lineItems.1.unitPriceMoney).",
        hint="the largest amount is 10000000000.00 USD",
    ),
    Refusal(
        of="a negative tip",
        tool="update_order",
        arguments={"orderId": "<open>", "tipMoney": usd(-500)},
        code="invalid_money",
        param="tipMoney",
        message="amount -500 is below zero (in tipMoney).",
        hint="amounts are zero or more; refunds and discounts take away",
    ),
    Refusal(
        of="a negative refund",
        tool="create_refund",
        arguments={"orderId": "<paid>", "amountMoney": usd(-2900)},
        code="invalid_money",
        param="amountMoney",
        message="amount -2900 is below zero (in amountMoney).",
        hint="amounts are zero or more; refunds and discounts take away",
    ),
    Refusal(
        of="a decimal refund",
        tool="create_refund",
        arguments={"orderId": "<paid>", "amountMoney": 29.0},
        code="invalid_money",
        param="amountMoney",
        message="Money is an object with amount and currency, not 29.0 (in amountMoney).",
        hint='send minor units: {"amount": 2900, "currency": "USD"} is 29.00 USD',
    ),
    Refusal(
        of="a total beyond the largest amount",
        tool="create_order",
        arguments={"lineItems": [{"name": "Pro Plan", "unitPriceMoney": usd(1000000000000), "quantity": 2}]},
        code="amount_too_large",
        param="lineItems",
        message="The total would be 21600000000.00 USD; 10000000000.00 USD is the most.",
        hint="lower prices or quantities, or split the order",
    ),
)

CURRENCIES = (
    Refusal(
        of="a currency that nobody has",
        tool="create_order",
        arguments=priced({"amount": 2900, "currency": "BTC"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message='The currency "BTC" is not an ISO 4217 code (in lineItems.1.unitPriceMoney).',
        hint='use three capital letters, such as "USD"',
    ),
    Refusal(
        of="a currency code in small letters",
        tool="create_order",
        arguments=priced({"amount": 2900, "currency": "usd"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message='The currency "usd" is not an ISO 4217 code (in lineItems.1.unitPriceMoney).',
        hint='use three capital letters, such as "USD"',
    ),
    Refusal(
        of="a code without a minor unit",
        tool="create_order",
        arguments=priced({"amount": 2900, "currency": "XAU"}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message='The currency "XAU" is not an ISO 4217 code (in lineItems.1.unitPriceMoney).',
        hint='use three capital letters, such as "USD"',
    ),
    Refusal(
        of="a currency that is no text",
        tool="create_order",
        arguments=priced({"amount": 2900, "currency": 840}),
        code="invalid_money",
        param="lineItems.1.unitPriceMoney",
        message="The currency 840 is not an ISO 4217 code (in lineItems.1.unitPriceMoney).",
        hint='use three capital letters, such as "USD"',
    ),
    Refusal(
        of="two currencies in one order",
        tool="create_order",
        arguments={
            "lineItems": [line(unitPriceMoney=usd(9900)), line(unitPriceMoney={"amount": 2900, "currency": "EUR"})]
        },
        code="currency_mismatch",
        param="unitPriceMoney",
        message="29.00 EUR is not in USD, the order's currency.",
        hint="give the amount in USD, or leave currency out",
    ),
    Refusal(
        of="another currency for a tip",
        tool="update_order",
        arguments={"orderId": "<open>", "tipMoney": {"amount": 500, "currency": "EUR"}},
        code="currency_mismatch",
        param="tipMoney",
        message="5.00 EUR is not in USD, the order's currency.",
        hint="give the amount in USD, or leave currency out",
    ),
    Refusal(
        of="another currency for a refund",
        tool="create_refund",
        arguments={"orderId": "<paid>", "amountMoney": {"amount": 2900, "currency": "EUR"}},
        code="currency_mismatch",
        param="amountMoney",
        message="29.00 EUR is not in USD, the order's currency.",
        hint="give the amount in USD, or leave currency out",
    ),
    Refusal(
        of="another currency for a tender",
        tool="pay_order",
        arguments={
            "orderId": "<open>",
            "tenders": [{"source": "tok_visa", "amountMoney": {"amount": 2900, "currency": "EUR"}}],
        },
        code="currency_mismatch",
        param="tenders",
        message="29.00 EUR is not in USD, the order's currency.",
        hint="give the amount in USD, or leave currency out",
    ),
)

QUANTITIES = (
    Refusal(
        of="a quantity of zero",
        tool="create_order",
        arguments={"lineItems": [line(quantity=0)]},
        param="lineItems.0.quantity",
        message="quantity 0 is out of range (in lineItems.0.quantity).",
        hint="send a number from 0.0001 to 1000000",
    ),
    Refusal(
        of="a negative quantity",
        tool="create_order",
        arguments={"lineItems": [line(quantity=-1)]},
        param="lineItems.0.quantity",
        message="quantity -1 is out of range (in lineItems.0.quantity).",
        hint="send a number from 0.0001 to 1000000",
    ),
    Refusal(
        of="a negative quantity as a string",
        tool="create_order",
        arguments={"lineItems": [line(quantity="-1.5")]},
        param="lineItems.0.quantity",
        message='quantity "-1.5" is out of range (in lineItems.0.quantity).',
        hint="send a number from 0.0001 to 1000000",
    ),
    Refusal(
        of="a quantity beyond the largest",
        tool="create_order",
        arguments={"lineItems": [line(quantity=1000001)]},
        param="lineItems.0.quantity",
        message="quantity 1000001 is out of range (in lineItems.0.quantity).",
        hint="send a number from 0.0001 to 1000000",
    ),
    Refusal(
        of="a quantity of thousands of digits",
        tool="create_order",
        arguments={"lineItems": [line(quantity=HUGE)]},
        param="lineItems.0.quantity",
        message="quantity a very long number is out of range (in lineItems.0.quantity).",
        hint="send a number from 0.0001 to 1000000",
    ),
    Refusal(
        of="five decimal places",
        tool="create_order",
        arguments={"lineItems": [line(quantity="1.23456")]},
        param="lineItems.0.quantity",
        message='quantity "1.23456" has more than 4 decimal places (in lineItems.0.quantity).',
        hint="round it to 4 places",
    ),
    Refusal(
        of="a quantity as a decimal number",
        tool="create_order",
        arguments={"lineItems": [line(quantity=1.5)]},
        param="lineItems.0.quantity",
        message="quantity 1.5 is neither an integer nor a decimal string (in lineItems.0.quantity).",
        hint='send it as a string: "1.5"',
    ),
    Refusal(
        of="a quantity in words",
        tool="create_order",
        arguments={"lineItems": [line(quantity="two")]},
        param="lineItems.0.quantity",
        message='quantity "two" is not a decimal number (in lineItems.0.quantity).',
        hint='send 2, or a string such as "1.5"',
    ),
    Refusal(
        of="a quantity in digits of another script",
        tool="create_order",
        arguments={"lineItems": [line(quantity="\u0661")]},
        param="lineItems.0.quantity",
        message='quantity "\u0661" is not a decimal number (in lineItems.0.quantity).',
        hint='send 2, or a string such as "1.5"',
    ),
    Refusal(
        of="a quantity with an exponent",
        tool="create_order",
        arguments={"lineItems": [line(quantity="1e5")]},
        param="lineItems.0.quantity",
        message='quantity "1e5" is not a decimal number (in lineItems.0.quantity).',
        hint='send 2, or a string such as "1.5"',
    ),
    Refusal(
        of="a boolean quantity",
        tool="create_order",
        arguments={"lineItems": [line(quantity=True)]},
        param="lineItems.0.quantity",
        message="quantity true is neither an integer nor a decimal string (in lineItems.0.quantity).",
        hint='send 2, or a string such as "1.5"',
    ),
    Refusal(
        of="zero units to refund",
        tool="create_refund",
        arguments={"orderId": "<paid>", "lines": [{"lineItemId": "<paid line>", "quantity": 0}]},
        param="lines.0.quantity",
        message="quantity 0 is out of range (in lines.0.quantity).",
        hint="send a number from 0.0001 to 1000000",
    ),
    Refusal(
        of="more units to refund than were bought",
        tool="create_refund",
        arguments={"orderId": "<paid>", "lines": [{"lineItemId": "<paid line>", "quantity": 2}]},
        code="amount_too_high",
        param="lines",
        message="2 of <paid line> cannot go back: 1 of 1 is left.",
        hint="refund at most what is left, or refund by amount",
    ),
)


@pytest.mark.parametrize("refusal", parameters(MONEY))
async def test_money_that_is_none_is_refused(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)


@pytest.mark.parametrize("refusal", parameters(CURRENCIES))
async def test_currencies_that_do_not_fit_are_refused(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)


@pytest.mark.parametrize("refusal", parameters(QUANTITIES))
async def test_quantities_out_of_bounds_are_refused(furnished: Furnished, refusal: Refusal) -> None:
    await check(*furnished, refusal)
