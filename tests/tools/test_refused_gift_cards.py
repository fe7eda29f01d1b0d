"""What the gift cards toolset refuses, word for word; a code is never repeated."""

from collections.abc import AsyncIterator

import pytest

from tests.tools.agent import Agent, at_work, usd
from tests.tools.refusals import Refusal, check, parameters

MISTYPED = "V3S3-DTR9-8H6B-CFNZ"
NOBODYS = "V3S3-DTR9-8H6B-CFNR"
GONE = "gift_01K00000000000000000000000"
NO_ACCOUNT = "This is neither a gift card's code nor the id of one or of a store credit (in accountId)."
ID_OR_CODE = "give an id (gift_… or crd_…), or the 16 characters of a card's code"
CHECK_IT = "check it for a wrong or missing character; get_customer lists a customer's cards and store credit"
SEARCH = "search_customers finds customers by name, e-mail, phone or postcode"

REFUSALS = (
    Refusal(
        of="a card with nothing on it",
        tool="issue_gift_card",
        arguments={"amountMoney": usd(0)},
        code="invalid_money",
        param="amountMoney",
        message="0.00 USD is not above zero.",
        hint="give an amount above zero",
    ),
    Refusal(
        of="a card that has expired already",
        tool="issue_gift_card",
        arguments={"amountMoney": usd(100), "expiresAt": "2020-01-01T00:00:00Z"},
        param="expiresAt",
        message="expiresAt 2020-01-01 00:00 UTC is not in the future.",
        hint="give a later one, or switch the card off with adjust_gift_card",
    ),
    Refusal(
        of="a card for nobody Flint knows",
        tool="issue_gift_card",
        arguments={"amountMoney": usd(100), "customerId": "cus_9999"},
        code="not_found",
        param="customerId",
        message="There is no customer cus_9999.",
        hint=SEARCH,
    ),
    Refusal(
        of="store credit for nobody Flint knows",
        tool="issue_store_credit",
        arguments={"amountMoney": usd(100), "customerId": "cus_9999"},
        code="not_found",
        param="customerId",
        message="There is no customer cus_9999.",
        hint=SEARCH,
    ),
    Refusal(
        of="more store credit than there may be",
        tool="issue_store_credit",
        arguments={"amountMoney": usd(10**12), "customerId": "<customer>"},
        code="amount_too_large",
        param="amountMoney",
        message="The store credit would hold more than 10000000000.00 USD.",
        hint="it can take 9999999990.00 USD at most",
    ),
    Refusal(
        of="something that is no account",
        tool="get_gift_card",
        arguments={"accountId": "tok_visa"},
        param="accountId",
        message=NO_ACCOUNT,
        hint=ID_OR_CODE,
    ),
    Refusal(
        of="a mistyped code",
        tool="get_gift_card",
        arguments={"accountId": MISTYPED},
        code="not_found",
        param="accountId",
        message="There is no gift card with this code.",
        hint=CHECK_IT,
    ),
    Refusal(
        of="a code that no card has",
        tool="adjust_gift_card",
        arguments={"accountId": NOBODYS, "active": False},
        code="not_found",
        param="accountId",
        message="There is no gift card with this code.",
        hint=CHECK_IT,
    ),
    Refusal(
        of="a card that is not there",
        tool="get_gift_card",
        arguments={"accountId": GONE},
        code="not_found",
        param="accountId",
        message=f"There is no {GONE}.",
        hint=CHECK_IT,
    ),
    Refusal(
        of="a cursor of another list",
        tool="get_gift_card",
        arguments={"accountId": "<card>", "cursor": "<open>"},
        param="cursor",
        message="The cursor is not one that a page ended with.",
        hint="pass nextCursor of the page before as it is, or leave it out",
    ),
    Refusal(
        of="a correction of nothing",
        tool="adjust_gift_card",
        arguments={"accountId": "<card>", "active": True},
        message="The call leaves the gift card ending <last4> as it is.",
        hint="give active or expiresAt a new value, or addMoney or takeMoney",
    ),
    Refusal(
        of="money taken without a reason",
        tool="adjust_gift_card",
        arguments={"accountId": "<card>", "takeMoney": usd(100)},
        param="note",
        message="Taking money needs a reason.",
        hint="say why in note; it is kept in the ledger",
    ),
    Refusal(
        of="money added and taken",
        tool="adjust_gift_card",
        arguments={"accountId": "<card>", "takeMoney": usd(100), "addMoney": usd(50), "note": "net"},
        param="takeMoney",
        message="addMoney and takeMoney are both given.",
        hint="give one of them",
    ),
    Refusal(
        of="more money taken than there is",
        tool="adjust_gift_card",
        arguments={"accountId": "<card>", "takeMoney": usd(2001), "note": "too much"},
        code="amount_too_high",
        param="takeMoney",
        message="The gift card ending <last4> holds 20.00 USD, less than 20.01 USD.",
        hint="take at most 20.00 USD",
    ),
    Refusal(
        of="money in another currency",
        tool="adjust_gift_card",
        arguments={"accountId": "<card>", "addMoney": {"amount": 100, "currency": "EUR"}, "note": "more"},
        code="currency_mismatch",
        param="addMoney",
        message="1.00 EUR is not in USD, the account's currency.",
        hint="the account has one currency: give the amount in USD",
    ),
    Refusal(
        of="store credit that would expire",
        tool="adjust_gift_card",
        arguments={"accountId": "<store credit>", "expiresAt": "2999-01-01T00:00:00Z"},
        param="expiresAt",
        message="Store credit does not expire.",
        hint="leave expiresAt out, or switch it off with active false",
    ),
    Refusal(
        of="paying with a mistyped code",
        tool="pay_order",
        arguments={"orderId": "<open>", "paymentSourceTokens": [MISTYPED]},
        code="not_found",
        param="paymentSourceTokens",
        message="There is no gift card with this code.",
        hint=CHECK_IT,
    ),
    Refusal(
        of="paying with store credit and no customer",
        tool="pay_order",
        arguments={"orderId": "<open>", "tenders": [{"source": "store_credit", "amountMoney": usd(100)}]},
        code="customer_needed",
        param="tenders",
        message="Store credit belongs to a customer, and the order has none that Flint knows.",
        hint="set customerId (cus_…) with update_order first, or use another source",
    ),
    Refusal(
        of="paying with another customers store credit",
        tool="pay_order",
        arguments={"orderId": "<of another>", "paymentSourceTokens": ["<store credit>"]},
        code="source_refused",
        param="paymentSourceTokens",
        message="<store credit> is the store credit of another customer than the order's.",
        hint='send "store_credit" for that of the order\'s customer',
    ),
    Refusal(
        of="paying with store credit that there is none of",
        tool="pay_order",
        arguments={"orderId": "<of another>", "paymentSourceTokens": ["store_credit"]},
        code="not_found",
        param="paymentSourceTokens",
        message="<another> has no store credit in USD.",
        hint="use another source",
    ),
)


@pytest.fixture(scope="module")
async def shop_with_credit(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Agent, dict[str, str]]]:
    """A gift card of 20.00 USD, a customer with 10.00 USD of store credit, and another one without."""
    async with at_work(tmp_path_factory.mktemp("shop")) as agent:
        card = (await agent.call("issue_gift_card", amountMoney=usd(2000)))["credit"]
        customer = (await agent.call("save_customer", name="Ann Lee"))["customer"]["customerId"]
        credit = (await agent.call("issue_store_credit", customerId=customer, amountMoney=usd(1000)))["credit"]
        another = (await agent.call("save_customer", name="Bob Roe"))["customer"]["customerId"]
        order, of_another = await agent.order(), await agent.order(customerId=another)
        yield (
            agent,
            {
                "<card>": card["accountId"],
                "<last4>": card["last4"],
                "<customer>": customer,
                "<another>": another,
                "<store credit>": credit["accountId"],
                "<open>": order["orderId"],
                "<of another>": of_another["orderId"],
            },
        )


@pytest.mark.parametrize("refusal", parameters(REFUSALS))
async def test_what_is_refused_says_why_and_what_now(
    shop_with_credit: tuple[Agent, dict[str, str]], refusal: Refusal
) -> None:
    error = await check(*shop_with_credit, refusal)
    assert MISTYPED not in str(error)
    assert NOBODYS not in str(error)
