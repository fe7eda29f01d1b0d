"""What cannot be saved, merged or erased, and what an agent is told then, word for word."""

from collections.abc import AsyncIterator

import pytest

from tests.tools.agent import PRO_PLAN, Agent, at_work
from tests.tools.refusals import Refusal, check, parameters

Furnished = tuple[Agent, dict[str, str]]
NOBODY = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture(scope="module")
async def customers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Furnished]:
    """Customers in every state, and an order that still needs its buyer."""
    async with at_work(tmp_path_factory.mktemp("shop")) as agent:
        ids: dict[str, str] = {}
        for name in ("ann", "bob", "merged", "erased", "waiting", "held"):
            saved = await agent.call("save_customer", name=name, reference=f"crm-{name}")
            ids[f"<{name}>"] = saved["customer"]["customerId"]
        await agent.call("merge_customers", customerId=ids["<merged>"], intoCustomerId=ids["<bob>"])
        await agent.call("erase_customer", customerId=ids["<erased>"])
        paid = await agent.paid(customerId=ids["<waiting>"], lineItems=[PRO_PLAN])
        ids["<unsent>"] = paid["order"]["orderId"]
        order = await agent.order(customerId=ids["<held>"])
        ids["<held order>"] = order["orderId"]
        await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"], capture="later")
        yield agent, ids


FIND = "search_customers finds customers by name, e-mail, phone or postcode"

SAVING = (
    Refusal(
        of="nothing",
        tool="save_customer",
        message="Nothing was given to save.",
        hint="give a name, an e-mail or whatever else is known of the customer",
    ),
    Refusal(
        of="nothing to change",
        tool="save_customer",
        arguments={"customerId": "<ann>"},
        message="Nothing was given to save.",
        hint="give a name, an e-mail or whatever else is known of the customer",
    ),
    Refusal(
        of="a customer who is not there",
        tool="save_customer",
        arguments={"customerId": NOBODY, "name": "Ann"},
        code="not_found",
        param="customerId",
        message=f"There is no customer {NOBODY}.",
        hint=FIND,
    ),
    Refusal(
        of="an unknown reference",
        tool="save_customer",
        arguments={"customerId": "crm-9", "name": "Ann"},
        code="not_found",
        param="customerId",
        message="There is no customer crm-9.",
        hint=FIND,
    ),
    Refusal(
        of="a version of a new customer",
        tool="save_customer",
        arguments={"name": "Ann", "expectedVersion": 1},
        param="expectedVersion",
        message="A new customer has no version to expect.",
        hint="leave expectedVersion out, or name the customer to change",
    ),
    Refusal(
        of="an old version",
        tool="save_customer",
        arguments={"customerId": "<bob>", "name": "Bob", "expectedVersion": 1},
        code="version_conflict",
        param="expectedVersion",
        message="<bob> is at version 2, not 1.",
        hint="read the customer with get_customer, then send the call again with the current version",
    ),
    Refusal(
        of="a reference that is taken",
        tool="save_customer",
        arguments={"customerId": "<ann>", "reference": "crm-bob"},
        code="reference_taken",
        param="reference",
        message="Another customer has the reference crm-bob.",
        hint="get_customer with customerId crm-bob reads that one: change it instead",
    ),
    Refusal(
        of="a reference that is spelled like an id",
        tool="save_customer",
        arguments={"name": "Ann", "reference": NOBODY},
        param="reference",
        message=f"The reference {NOBODY} is spelled like an id of Flint's.",
        hint="reference is your own id of the customer; to change a customer of Flint's, send customerId",
    ),
    Refusal(
        of="no phone number",
        tool="save_customer",
        arguments={"phones": ["call me"]},
        param="phones.0",
        message="This is not a phone number (in phones.0).",
        hint='send digits, with "+", blanks, dashes or brackets as you like',
    ),
    Refusal(
        of="no email",
        tool="save_customer",
        arguments={"emails": ["ann@example.com", "bob"]},
        param="emails.1",
        message="This is not an e-mail address (in emails.1).",
        hint="send one address, such as buyer@example.com",
    ),
    Refusal(
        of="a country of no list",
        tool="save_customer",
        arguments={"addresses": [{"country": "USA"}]},
        param="addresses.0.country",
        message='"USA" is not a country (in addresses.0.country).',
        hint='use two capital letters of ISO 3166, such as "US"',
    ),
    Refusal(
        of="more emails than there may be",
        tool="save_customer",
        arguments={"emails": [f"ann{number}@example.com" for number in range(21)]},
        param="emails",
        message="A customer has at most 20 e-mail addresses; this one would have 21.",
        hint="leave out those that are not used any more",
    ),
    Refusal(
        of="more metadata than there may be",
        tool="save_customer",
        arguments={"metadata": {f"key{number}": "1" for number in range(51)}},
        param="metadata",
        message="A customer has at most 50 metadata keys; this one would have 51.",
        hint="leave out those that are not used any more",
    ),
    Refusal(
        of="a default that is not the customers",
        tool="save_customer",
        arguments={"customerId": "<ann>", "defaultPaymentMethodId": "pm_01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        code="not_found",
        param="defaultPaymentMethodId",
        message="<ann> has no payment method pm_01ARZ3NDEKTSV4RRFFQ69G5FAV.",
        hint="get_customer lists the customer's payment methods; add_payment_method saves another one",
    ),
    Refusal(
        of="an erased customer",
        tool="save_customer",
        arguments={"customerId": "<erased>", "name": "Ann"},
        code="customer_erased",
        param="customerId",
        message="The personal data of <erased> was erased.",
        hint="save the person as a new customer with save_customer",
    ),
)

READING = (
    Refusal(
        of="nobody",
        tool="get_customer",
        arguments={"customerId": "crm-erased"},
        code="not_found",
        param="customerId",
        message="There is no customer crm-erased.",
        hint=FIND,
    ),
    Refusal(
        of="a cursor of another list",
        tool="search_customers",
        arguments={"cursor": "<unsent>"},
        param="cursor",
        message="The cursor is not one that a page ended with.",
        hint="pass nextCursor of the page before as it is, or leave it out",
    ),
    Refusal(
        of="an order for an erased customer",
        tool="create_order",
        arguments={"lineItems": [PRO_PLAN], "customerId": "<erased>"},
        code="customer_erased",
        param="customerId",
        message="The personal data of <erased> was erased.",
        hint="save the person as a new customer with save_customer",
    ),
    Refusal(
        of="an order for nobody",
        tool="create_order",
        arguments={"lineItems": [PRO_PLAN], "customerId": NOBODY},
        code="not_found",
        param="customerId",
        message=f"There is no customer {NOBODY}.",
        hint=FIND,
    ),
)

PRIVACY = (
    Refusal(
        of="merging into itself",
        tool="merge_customers",
        arguments={"customerId": "<ann>", "intoCustomerId": "<ann>"},
        param="intoCustomerId",
        message="<ann> cannot be merged into itself.",
        hint="name the customer to keep as intoCustomerId, and the other one as customerId",
    ),
    Refusal(
        of="merging one who was merged",
        tool="merge_customers",
        arguments={"customerId": "<merged>", "intoCustomerId": "<ann>"},
        code="customer_merged",
        param="customerId",
        message="<merged> was merged into <bob>.",
        hint="use <bob> instead",
    ),
    Refusal(
        of="merging into one who was merged",
        tool="merge_customers",
        arguments={"customerId": "<ann>", "intoCustomerId": "<merged>"},
        code="customer_merged",
        param="intoCustomerId",
        message="<merged> was merged into <bob>.",
        hint="use <bob> instead",
    ),
    Refusal(
        of="merging into one who was erased",
        tool="merge_customers",
        arguments={"customerId": "<ann>", "intoCustomerId": "<erased>"},
        code="customer_erased",
        param="intoCustomerId",
        message="The personal data of <erased> was erased.",
        hint="save the person as a new customer with save_customer",
    ),
    Refusal(
        of="merging by a reference",
        tool="merge_customers",
        arguments={"customerId": "crm-ann", "intoCustomerId": "<bob>"},
        param="customerId",
        message='"crm-ann" is not an id as Flint makes them; a customer\'s begins with cus_ (in customerId).',
        hint="copy the id from a former answer, or find it with search_customers",
    ),
    Refusal(
        of="erasing nobody",
        tool="erase_customer",
        arguments={"customerId": NOBODY},
        code="not_found",
        param="customerId",
        message=f"There is no customer {NOBODY}.",
        hint=FIND,
    ),
    Refusal(
        of="erasing who waits for goods",
        tool="erase_customer",
        arguments={"customerId": "<waiting>"},
        code="order_unfulfilled",
        param="customerId",
        message="<unsent> is paid and not handed over yet, and needs its buyer's data until then.",
        hint="call fulfill_order, close_order or cancel_order for <unsent>, then erase the customer",
    ),
    Refusal(
        of="erasing whose money is held",
        tool="erase_customer",
        arguments={"customerId": "<held>"},
        code="money_held",
        param="customerId",
        message="<held order> has money held for it, and needs its buyer's data until then.",
        hint="call capture_payment or void_payment for <held order>, then erase the customer",
    ),
)


@pytest.mark.parametrize("refusal", parameters(SAVING))
async def test_saving_is_refused_naming_what_is_wrong(customers: Furnished, refusal: Refusal) -> None:
    await check(*customers, refusal)


@pytest.mark.parametrize("refusal", parameters(READING))
async def test_who_is_not_there_is_not_read_or_sold_to(customers: Furnished, refusal: Refusal) -> None:
    await check(*customers, refusal)


@pytest.mark.parametrize("refusal", parameters(PRIVACY))
async def test_merging_and_erasing_are_refused_naming_what_stands_against_it(
    customers: Furnished, refusal: Refusal
) -> None:
    await check(*customers, refusal)


async def test_a_refused_erasure_says_what_can_be_done_with_the_order(customers: Furnished) -> None:
    agent, ids = customers
    error = await agent.error("erase_customer", customerId=ids["<waiting>"])
    assert {"fulfill_order", "cancel_order"} <= {action["tool"] for action in error["availableActions"]}
