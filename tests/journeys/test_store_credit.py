"""Store credit: a customer's own, spent by name, given instead of a refund, and kept when customers are merged."""

from datetime import timedelta

from flint_domain.commands.after_payment import AmendOrder
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.gift_cards import AdjustGiftCard, IssueGiftCard, IssueStoreCredit
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.payments import CapturePayment, PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.customers.model import Profile
from flint_domain.kernel.errors import ErrorCode
from flint_domain.kernel.money import MAX_AMOUNT
from flint_domain.order.inputs import Amount, LineChange, OrderUpdate
from flint_domain.queries.customers import GetCustomer
from flint_domain.queries.gift_cards import GetGiftCard
from tests.journeys.credit import DECLINED, SHIRT, card_with, gift_and_card, ledger, left_on
from tests.journeys.house import START, House, amounts

STORE_CREDIT = "store_credit"


async def customer(house: House, name: str = "Ann") -> str:
    return (await house.do(SaveCustomer(profile=Profile(name=name))))["customer"]["customerId"]


async def credited(house: House, customer_id: str, amount: int, currency: str | None = None) -> str:
    """The id of the customer's store credit, with so much more on it."""
    money = Amount(amount=amount, currency=currency)
    issued = await house.do(IssueStoreCredit(customer_id=customer_id, money=money))
    return issued["credit"]["accountId"]


async def credits_of(house: House, customer_id: str) -> list[tuple[str, str, int]]:
    shown = await house.ask(GetCustomer(customer_id=customer_id))
    return [(c["type"], c["status"], c["balanceMoney"]["amount"]) for c in shown.get("credits", [])]


def refund(order_id: str, name: str, amount: int) -> CreateRefund:
    return CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=amount)), refund_to=name)


async def refund_to(house: House, order_id: str, name: str, amount: int) -> str:
    """Where a refund of the order goes."""
    return (await house.do(refund(order_id, name, amount)))["refund"]["accountId"]


# ── issuing and spending ──


async def test_a_customer_has_one_store_credit_in_each_currency(house: House) -> None:
    ann = await customer(house)
    first = await credited(house, ann, 1500)
    assert await credited(house, ann, 1000) == first
    assert await credited(house, ann, 700, "EUR") != first
    assert await credits_of(house, ann) == [("store_credit", "ACTIVE", 2500), ("store_credit", "ACTIVE", 700)]
    assert await ledger(house, first) == [("issued", 1500, 1500), ("issued", 1000, 2500)]


async def test_store_credit_pays_the_orders_of_its_customer_by_name(house: House) -> None:
    ann = await customer(house)
    account_id = await credited(house, ann, 6000)
    order_id = await house.order_of(SHIRT, customer_id=ann)
    paid = await house.do(PayOrder(order_id=order_id, sources=(STORE_CREDIT,)))
    assert amounts(paid["order"]) == ("PAID", 5000, 0, 0, 5000)
    assert paid["payments"][0]["tender"] == {"type": "store_credit", "accountId": account_id}
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1200))))
    assert await ledger(house, account_id) == [("issued", 6000, 6000), ("spent", -5000, 1000), ("refunded", 1200, 2200)]


async def test_store_credit_pays_a_part_and_is_given_back_when_the_card_is_declined(house: House) -> None:
    ann = await customer(house)
    account_id = await credited(house, ann, 1000)
    order_id = await house.order_of(SHIRT, customer_id=ann)
    answer = await house.do(PayOrder(order_id=order_id, tenders=gift_and_card(STORE_CREDIT, 1000, DECLINED, 4000)))
    assert amounts(answer["order"])[0] == "OPEN"
    assert await left_on(house, account_id) == 1000
    paid = await house.do(PayOrder(order_id=order_id, tenders=gift_and_card(STORE_CREDIT, 1000, "tok_visa", 4000)))
    assert amounts(paid["order"])[0] == "PAID"
    assert await left_on(house, account_id) == 0


async def test_store_credit_that_does_not_cover_an_order_declines(house: House) -> None:
    ann = await customer(house)
    await credited(house, ann, 1000)
    order_id = await house.order_of(SHIRT, customer_id=ann)
    [declined] = (await house.do(PayOrder(order_id=order_id, sources=(STORE_CREDIT,))))["payments"]
    assert declined["declineMessage"] == (
        "store credit holds 10.00 USD, less than 50.00 USD; tenders can pay 10.00 USD with it and the rest otherwise"
    )


async def test_store_credit_needs_a_customer_who_has_some(house: House) -> None:
    ann, bob = await customer(house), await customer(house, "Bob")
    account_id = await credited(house, ann, 5000)
    for owner, message in (
        (None, "Store credit belongs to a customer, and the order has none that Flint knows."),
        ("our-4711", "Store credit belongs to a customer, and the order's customerId is not one of Flint's."),
    ):
        order_id = await house.order_of(SHIRT, customer_id=owner)
        refused = await house.refused(PayOrder(order_id=order_id, sources=(STORE_CREDIT,)), "customer_needed")
        assert (refused.message, refused.param) == (message, "paymentSourceTokens")
    order_id = await house.order_of(SHIRT, customer_id=bob)
    none = await house.refused(PayOrder(order_id=order_id, sources=(STORE_CREDIT,)), "not_found")
    assert none.message == f"{bob} has no store credit in USD."
    not_his = await house.refused(PayOrder(order_id=order_id, sources=(account_id,)), "source_refused")
    assert not_his.message == f"{account_id} is the store credit of another customer than the order's."
    own = await house.order_of(SHIRT, customer_id=ann)
    assert amounts((await house.do(PayOrder(order_id=own, sources=(account_id,))))["order"])[0] == "PAID"


async def test_a_gift_card_of_a_customer_is_listed_and_still_pays_for_anybody(house: House) -> None:
    ann = await customer(house)
    _, code = await card_with(house, 5000, customer_id=ann)
    assert await credits_of(house, ann) == [("gift_card", "ACTIVE", 5000)]
    order_id = await house.order_of(SHIRT)
    assert amounts((await house.do(PayOrder(order_id=order_id, sources=(code,))))["order"])[0] == "PAID"
    assert await credits_of(house, ann) == [("gift_card", "ACTIVE", 0)]


# ── correcting ──


async def test_a_correction_is_in_the_ledger_with_its_reason_and_who_made_it(house: House) -> None:
    account_id, code = await card_with(house, 5000)
    await house.do(AdjustGiftCard(account=code, take=Amount(amount=1500), note="issued too much"), actor="operator")
    await house.do(AdjustGiftCard(account=account_id, add=Amount(amount=200), note="goodwill", active=False))
    await house.do(AdjustGiftCard(account=account_id, active=True, expires_at=START + timedelta(days=9)))
    read = await house.ask(GetGiftCard(account=account_id))
    assert [(e["type"], e["amountMoney"]["amount"], e["actor"], e.get("note")) for e in read["entries"]] == [
        ("expiry_set", 0, "agent", None),
        ("switched_on", 0, "agent", None),
        ("adjusted", 200, "agent", "goodwill"),
        ("switched_off", 0, "agent", "goodwill"),
        ("adjusted", -1500, "operator", "issued too much"),
        ("issued", 5000, "agent", None),
    ]
    assert (read["balanceMoney"]["amount"], read["status"]) == (3700, "ACTIVE")
    assert read["expiresAt"] == "2026-12-02T12:00:00Z"
    unlimited = await house.do(AdjustGiftCard(account=account_id, expires_at=""))
    assert "expiresAt" not in unlimited["credit"]


async def test_a_ledger_is_read_in_pages(house: House) -> None:
    account_id, _ = await card_with(house, 1000)
    for amount in range(1, 6):
        await house.do(AdjustGiftCard(account=account_id, add=Amount(amount=amount), note="more"))
    pages: list[list[int]] = []
    cursor: str | None = None
    while cursor is not None or not pages:
        read = await house.ask(GetGiftCard(account=account_id, limit=2, cursor=cursor))
        pages.append([entry["amountMoney"]["amount"] for entry in read["entries"]])
        cursor = read.get("nextCursor")
    assert pages == [[5, 4], [3, 2], [1, 1000]]


async def test_nothing_is_issued_or_corrected_that_makes_no_sense(house: House) -> None:
    ann = await customer(house)
    account_id, _ = await card_with(house, 5000)
    credit_id = await credited(house, ann, 100)
    await house.refused(IssueGiftCard(money=Amount(amount=0)), "invalid_money")
    await house.refused(IssueGiftCard(money=Amount(amount=1), expires_at=START), "invalid_argument")
    await house.refused(IssueGiftCard(money=Amount(amount=1), customer_id="nobody"), "not_found")
    await house.refused(IssueStoreCredit(customer_id="nobody", money=Amount(amount=1)), "not_found")
    await house.refused(IssueStoreCredit(customer_id=ann, money=Amount(amount=MAX_AMOUNT)), "amount_too_large")
    await house.refused(AdjustGiftCard(account="nothing", active=False), "invalid_argument")
    await house.refused(AdjustGiftCard(account=account_id), "invalid_argument")
    await house.refused(AdjustGiftCard(account=account_id, active=True), "invalid_argument")
    await house.refused(AdjustGiftCard(account=account_id, take=Amount(amount=1)), "invalid_argument")
    euro = Amount(amount=1, currency="EUR")
    await house.refused(AdjustGiftCard(account=account_id, add=euro, note="x"), "currency_mismatch")
    expiry = START + timedelta(days=1)
    await house.refused(AdjustGiftCard(account=credit_id, expires_at=expiry), "invalid_argument")
    much = await house.refused(
        AdjustGiftCard(account=account_id, take=Amount(amount=5001), active=False, note="x"), "amount_too_high"
    )
    assert much.hint == "take at most 50.00 USD"
    await house.do(AdjustGiftCard(account=credit_id, active=False))
    await house.refused(IssueStoreCredit(customer_id=ann, money=Amount(amount=1)), "credit_inactive")


# ── where a refund may go ──


async def test_a_refund_may_go_to_the_customers_store_credit_which_is_made_for_it(house: House) -> None:
    ann = await customer(house)
    order_id = await house.paid_order(SHIRT, customer_id=ann)
    account_id = await refund_to(house, order_id, STORE_CREDIT, 1)
    assert await refund_to(house, order_id, STORE_CREDIT, 2) == account_id
    assert await refund_to(house, order_id, account_id, 3) == account_id
    assert await credits_of(house, ann) == [("store_credit", "ACTIVE", 6)]
    card_id, code = await card_with(house, 100)
    assert [await refund_to(house, order_id, name, len(name)) for name in (card_id, code)] == [card_id, card_id]


async def test_a_refund_goes_to_no_account_that_cannot_be_spent_by_the_buyer(house: House) -> None:
    bob = await customer(house, "Bob")
    of_bob = await credited(house, bob, 100)
    order_id = await house.paid_order(SHIRT, customer_id=await customer(house))
    nobodys = await house.paid_order(SHIRT)
    off, _ = await card_with(house, 100)
    await house.do(AdjustGiftCard(account=off, active=False))
    euros = (await house.do(IssueGiftCard(money=Amount(amount=1, currency="EUR"))))["credit"]["accountId"]
    cases: tuple[tuple[str, str, ErrorCode], ...] = (
        (nobodys, STORE_CREDIT, "customer_needed"),
        (order_id, of_bob, "source_refused"),
        (order_id, off, "credit_inactive"),
        (order_id, euros, "currency_mismatch"),
        (order_id, "gift_01K00000000000000000000000", "not_found"),
        (order_id, "tok_amex", "tender_never_paid"),
    )
    for refunded, name, code in cases:
        refused = await house.refused(refund(refunded, name, 100), code)
        assert refused.param == "refundTo"


async def test_what_a_changed_order_costs_less_goes_to_store_credit_instead_of_the_card_that_paid(house: House) -> None:
    ann = await customer(house)
    order_id = await house.paid_order(SHIRT, customer_id=ann)
    [line] = (await house.read(order_id))["lineItems"]
    cheaper = OrderUpdate(change=(LineChange(line_id=line["lineItemId"], unit_price=Amount(amount=3800)),))
    await house.do(AmendOrder(order_id=order_id, update=cheaper, refund_to=STORE_CREDIT), key="amend")
    await house.do(AmendOrder(order_id=order_id, update=cheaper, refund_to=STORE_CREDIT), key="amend")
    assert amounts(await house.read(order_id)) == ("PARTIALLY_REFUNDED", 5000, 1200, 0, 3800)
    assert await credits_of(house, ann) == [("store_credit", "ACTIVE", 1200)]
    assert (await house.balance(order_id)).refunded == 0


async def test_a_gift_card_takes_what_a_changed_order_costs_less_by_its_code_which_is_not_kept(house: House) -> None:
    _, code = await card_with(house, 100)
    order_id = await house.paid_order(SHIRT)
    [line] = (await house.read(order_id))["lineItems"]
    cheaper = OrderUpdate(change=(LineChange(line_id=line["lineItemId"], unit_price=Amount(amount=3800)),))
    await house.do(AmendOrder(order_id=order_id, update=cheaper, refund_to=code), key="amend")
    assert await ledger(house, code) == [("issued", 100, 100), ("refunded", 1200, 1300)]
    assert code not in "\n".join(house.contents())


# ── merged customers ──


async def test_a_merged_customers_credit_goes_to_the_survivor(house: House) -> None:
    ann, double = await customer(house), await customer(house, "Ann again")
    kept, lost = await credited(house, ann, 1000), await credited(house, double, 2500)
    euros = await credited(house, double, 300, "EUR")
    card_id, _ = await card_with(house, 4000, customer_id=double)
    await house.do(MergeCustomers(customer_id=double, into_customer_id=ann))
    assert await credits_of(house, ann) == [
        ("store_credit", "ACTIVE", 3500),
        ("gift_card", "ACTIVE", 4000),
        ("store_credit", "ACTIVE", 300),
    ]
    assert await ledger(house, kept) == [("issued", 1000, 1000), ("merged", 2500, 3500)]
    # What names the former account finds the one that it went to.
    assert (await house.ask(GetGiftCard(account=lost)))["accountId"] == kept
    assert (await house.ask(GetGiftCard(account=euros)))["balanceMoney"] == {"amount": 300, "currency": "EUR"}
    assert (await house.ask(GetGiftCard(account=card_id)))["customerId"] == ann


async def test_what_a_merged_store_credit_has_paid_or_holds_comes_back_to_the_survivors(house: House) -> None:
    ann, double = await customer(house), await customer(house, "Ann again")
    await credited(house, double, 15000)
    orders = [await house.order_of(SHIRT, customer_id=double) for _ in range(3)]
    await house.do(PayOrder(order_id=orders[0], sources=(STORE_CREDIT,)))
    held = [
        (await house.do(PayOrder(order_id=order_id, sources=(STORE_CREDIT,), capture_later=True)))["payments"][0]
        for order_id in orders[1:]
    ]
    await house.do(MergeCustomers(customer_id=double, into_customer_id=ann))
    assert await credits_of(house, ann) == [("store_credit", "ACTIVE", 0)]
    await house.do(CreateRefund(target=RefundTarget(order_id=orders[0])))
    assert await credits_of(house, ann) == [("store_credit", "ACTIVE", 5000)]
    await house.do(CapturePayment(payment_id=held[0]["paymentIntentId"], amount=Amount(amount=1800)))
    assert await credits_of(house, ann) == [("store_credit", "ACTIVE", 8200)]
    await house.do(VoidPayment(payment_id=held[1]["paymentIntentId"]))
    assert await credits_of(house, ann) == [("store_credit", "ACTIVE", 13200)]
    paid = await house.do(PayOrder(order_id=orders[2], sources=(STORE_CREDIT,)))
    assert amounts(paid["order"])[0] == "PAID"
    assert await credits_of(house, ann) == [("store_credit", "ACTIVE", 8200)]


async def test_store_credit_that_was_switched_off_is_not_made_good_by_a_merge(house: House) -> None:
    ann, double = await customer(house), await customer(house, "Ann again")
    await credited(house, ann, 100)
    await house.do(AdjustGiftCard(account=await credited(house, double, 900), active=False, note="disputed"))
    await house.do(MergeCustomers(customer_id=double, into_customer_id=ann))
    assert await credits_of(house, ann) == [("store_credit", "INACTIVE", 1000)]


async def test_store_credit_sent_twice_without_a_key_is_put_on_once(house: House) -> None:
    ann = await customer(house)
    sorry = IssueStoreCredit(customer_id=ann, money=Amount(amount=1500), note="sorry")
    await house.do(sorry)
    refused = await house.refused(sorry, "look_alike_change")
    assert "15.00 USD was put on" in refused.message
    await house.do(sorry, "meant")
    house.clock.passes(timedelta(minutes=11))
    await house.do(sorry)
    assert [amount for *_, amount in await credits_of(house, ann)] == [4500]


async def test_money_taken_from_an_account_twice_without_a_key_is_taken_once(house: House) -> None:
    ann = await customer(house)
    account = await credited(house, ann, 9000)
    wrong = AdjustGiftCard(account=account, take=Amount(amount=3000), note="credited by mistake")
    await house.do(wrong)
    refused = await house.refused(wrong, "look_alike_change")
    assert "30.00 USD was taken from" in refused.message
    await house.do(wrong, "meant")
    await house.do(AdjustGiftCard(account=account, add=Amount(amount=3000), note="credited by mistake"))
    assert [amount for *_, amount in await credits_of(house, ann)] == [6000]
