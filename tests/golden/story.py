"""What happened in the golden data folder: every kind of record, closed, open and erased.

The story is told through the tools, each call under a key of its own, so that all of it can be sent again. It ends as
a killed server leaves its folder: with calls on their way to the processor, to the tax office and to listeners.
"""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from anyio.abc import TaskGroup

from flint_domain.engine.flint import Call
from flint_domain.importing.commands import ImportOrders
from flint_domain.importing.model import LineRecord, OrderRecord, PaymentRecord, RefundRecord, TaxTerms
from flint_domain.order.inputs import Amount
from flint_domain.order.payments.model import Tender
from flint_domain.reactions.webhooks.deliveries import Parcel
from flint_domain.webhooks.model import Attempt
from flint_server.db.inbox import InboxRecords
from flint_server.processors.simulated.faults import Fault, FaultKind
from flint_server.processors.stripe.events import StripeEvent
from flint_server.webhooks.courier import Courier
from tests.golden.house import EXPOSED, Agent, House
from tests.tools.agent import PRO_PLAN, SUPPORT, usd

OAKLAND = {"country": "US", "name": "Mo Buyer", "line1": "1 Broadway", "city": "Oakland", "region": "CA"}
OAKLAND |= {"postalCode": "94607"}
BERLIN = {"country": "DE", "name": "Jürgen Groß", "line1": "Straße 1", "city": "Berlin", "postalCode": "10115"}
HOME = {"country": "US", "name": "Zoltan Fairweather", "line1": "17 Quincyhalden Row", "city": "Oldburgh"}
HOME |= {"region": "PA", "postalCode": "19122"}

OPEN_ENDS: tuple[FaultKind, ...] = ("answer_lost", "error_500", "pending", "decline")


class Story:
    """The calls as they were made, so that they can be sent again: by whose server, of which tool, with what."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    async def do(self, tool: str, /, agent: Agent | None = None, **arguments: Any) -> dict[str, Any]:
        """The answer of a call that must work, under a key that says which it is."""
        self.house.passes(seconds=17)
        agent = agent or self.house.agent
        merchant_id = agent.flint.merchant_id
        number = sum(1 for of, name, _ in self.calls if (of, name) == (merchant_id, tool))
        arguments = {**deepcopy(arguments), "idempotencyKey": f"{tool}-{number}"}
        self.calls.append((merchant_id, tool, arguments))
        answer = await agent.answer(tool, arguments)
        assert "refused" not in answer, (tool, arguments, answer)
        return answer

    async def fault(self, kind: FaultKind, of: str | None = None, **what: Any) -> None:
        await self.house.simulator.set_fault(Fault(kind=kind, transfer_kind=of, **what))

    # ── parts of it ──

    async def order(self, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return await self.do("create_order", lineItems=[*(lines or (PRO_PLAN, SUPPORT))], **fields)

    async def pay(self, order: dict[str, Any], token: str = "tok_visa", **fields: Any) -> dict[str, Any]:
        return await self.do("pay_order", orderId=order["orderId"], paymentSourceTokens=[token], **fields)

    async def paid(self, token: str = "tok_visa", **fields: Any) -> dict[str, Any]:
        return await self.pay(await self.order(**fields), token)

    async def held(self, token: str = "tok_visa", **fields: Any) -> str:
        """A payment that is authorized and not captured."""
        paid = await self.pay(await self.order(**fields), token, capture="later")
        return paid["payments"][0]["paymentIntentId"]

    async def saved(self, customer_id: str, token: str = "tok_visa", **fields: Any) -> str:
        added = await self.do("add_payment_method", customerId=customer_id, paymentSourceToken=token, **fields)
        return added["paymentMethod"]["paymentMethodId"]

    async def customer(self, **fields: Any) -> str:
        return (await self.do("save_customer", **fields))["customer"]["customerId"]


async def tell(story: Story) -> None:
    """All of it but the end."""
    await shop(story)
    await listeners(story)
    await catalog(story)
    await customers(story)
    await orders(story)
    await taxes_told(story)
    await payments_in_every_state(story)
    await refunds_in_every_state(story)
    await gift_cards(story)
    await methods(story)
    await after_payment(story)
    await history(story)
    await neighbours(story)
    await erased_and_merged(story)
    await events(story)
    await deliveries(story)


async def shop(story: Story) -> None:
    await story.do("save_tax_rate", name="Sales tax", ratePercent=8, default=True)
    vat = await story.do("save_tax_rate", name="VAT", ratePercent=19, inclusive=True, country="DE")
    await story.do("save_tax_rate", name="PA", ratePercent="6.25", country="US", region="PA")
    off = await story.do("save_tax_rate", name="Old", ratePercent=3)
    await story.do("save_tax_rate", taxRateId=off["taxRate"]["taxRateId"], active=False)
    await story.do("save_tax_rate", taxRateId=vat["taxRate"]["taxRateId"], name="VAT (Germany)")
    await story.do("create_coupon", couponCode="LAUNCH20", percent=20)
    await story.do("create_coupon", couponCode="FIVE", discountMoney=usd(500), maxUses=3, maxUsesPerCustomer=1)
    await story.do("create_coupon", couponCode="GONE", percent=5, endsAt="2026-01-01T00:00:00Z")
    await story.do("create_coupon", couponCode="BOOKS", percent="12.5", itemIds=["book"], exclusive=True)
    await story.do("update_coupon", couponCode="GONE", active=False)


async def listeners(story: Story) -> None:
    for name in ("well", "failing", "held", "deleted", "disabled"):
        url = f"https://hooks.example.com/{name}"
        events = ["*"] if name != "well" else ["order.updated"]
        made = await story.do("create_webhook_endpoint", url=url, description=name, events=events)
        endpoint_id = made["endpoint"]["endpointId"]
        if name == "deleted":
            await story.order(note="told of, and the listener is gone")
            await story.do("delete_webhook_endpoint", endpointId=endpoint_id)
        if name == "disabled":
            await story.do("create_webhook_endpoint", endpointId=endpoint_id, enabled=False, rotateSecret=True)


async def catalog(story: Story) -> None:
    mug = {"sku": "MUG-1", "priceMoney": usd(900), "stock": 10, "lowStockAt": 8}
    shirts = [
        {"sku": f"SHIRT-{size}", "options": {"size": size}, "priceMoney": usd(2500), "stock": 5} for size in "SML"
    ]
    await story.do("save_item", name="Mug", reference="mug", description="for coffee", variants=[mug])
    await story.do("save_item", name="Shirt, schön", reference="shirt", variants=shirts, taxCategory="clothing")
    poster = {"sku": "POSTER-1", "priceMoney": usd(1200)}
    await story.do("save_item", name="Poster", reference="poster", variants=[poster], active=False)
    await story.do("adjust_inventory", sku="MUG-1", change=4, reason="received", note="two boxes")
    await story.do("adjust_inventory", sku="SHIRT-L", count=2, reason="counted")
    kept = await story.order({"itemId": "MUG-1", "quantity": 2}, {"itemId": "SHIRT-S"})
    sold = await story.order({"itemId": "MUG-1", "quantity": "1"})
    await story.pay(sold)
    canceled = await story.order({"itemId": "SHIRT-M"})
    await story.do("cancel_order", orderId=canceled["orderId"], reason="ordered twice")
    await story.do("update_order", orderId=kept["orderId"], note="still thinking")
    await story.do("save_item", itemId="mug", name="Mug, large")


async def customers(story: Story) -> None:
    await story.customer(
        name="Ann Müller",
        reference="crm-7",
        emails=["ann@example.com", "a.mueller@example.org"],
        phones=["+1 415 555 0100"],
        addresses=[OAKLAND],
        note="rings twice",
        metadata={"tier": "gold"},
        taxId="DE123456789",
    )
    await story.customer(name="Ben Exempt", reference="crm-8", taxExempt=True, emails=["ben@example.com"])
    await story.order(customerId="crm-70", note="of the twin, early")
    await story.customer(name="Bea Twin", reference="crm-70", emails=["bea@example.com"])
    await story.order(customerId="crm-7", reference="A-1000", note="gift wrap", metadata={"channel": "phone"})
    await story.order(customerId="crm-8", shippingAddress=BERLIN, tipMoney=usd(250))
    await story.order(customerId="nobody-we-know", reference="A-1001")


async def orders(story: Story) -> None:
    """In every state, with all that can be on one."""
    seats = {"name": "Seats", "unitPriceMoney": usd(1000), "quantity": "2.5", "note": "from March"}
    seats |= {"modifiers": [{"name": "Gold", "amountMoney": usd(250)}], "discountPercent": "12.5"}
    big = await story.order(
        PRO_PLAN,
        seats,
        {**SUPPORT, "discountMoney": usd(900), "taxRateIds": []},
        charges=[{"name": "Shipping", "amountMoney": usd(700), "taxable": True}],
        tipMoney=usd(500),
        customerId="crm-7",
        metadata={"channel": "web"},
    )
    line = {"lineItemId": big["lineItems"][0]["lineItemId"], "quantity": 2}
    await story.do("update_order", orderId=big["orderId"], lineItems=[line], charges=[], expectedVersion=1)
    await story.do("apply_coupon", orderId=big["orderId"], couponCode="launch20")
    await story.do("apply_coupon", orderId=big["orderId"], couponCode="FIVE")
    await story.do("remove_coupon", orderId=big["orderId"], couponCode="LAUNCH20")
    await story.pay(big)
    again = await story.order(customerId="crm-8")
    await story.do("apply_coupon", orderId=again["orderId"], couponCode="FIVE")
    closed = (await story.paid())["order"]
    await story.do("fulfill_order", orderId=closed["orderId"], carrier="UPS", trackingNumber="1Z999")
    await story.do("close_order", orderId=closed["orderId"])
    returned = (await story.paid("tok_mastercard"))["order"]
    await story.do("cancel_order", orderId=returned["orderId"], reason="changed their mind")
    await story.paid("tok_createDispute")
    tenders = [
        {"source": "tok_visa", "amountMoney": usd(10000)},
        {"source": "tok_mastercard", "amountMoney": usd(3824)},
    ]
    split = await story.order()
    await story.do("pay_order", orderId=split["orderId"], tenders=tenders)
    half = await story.order()
    tenders[1] = {"source": "tok_chargeDeclined", "amountMoney": usd(3824)}
    await story.do("pay_order", orderId=half["orderId"], tenders=tenders, keepPartial=True)


async def payments_in_every_state(story: Story) -> None:
    for token in ("tok_chargeDeclined", "tok_visa_chargeDeclinedStolenCard", "tok_threeDSecure2Required"):
        await story.paid(token)
        await story.held(token)
    for kind in OPEN_ENDS:
        await story.fault(kind)
        await story.paid(note=f"a charge meets {kind}")
        await story.fault(kind)
        await story.held(note=f"an authorization meets {kind}")
        for tool, of in (("capture_payment", "capture"), ("void_payment", "void")):
            payment_id = await story.held(note=f"{tool} meets {kind}")
            await story.fault(kind, of)
            await story.do(tool, paymentIntentId=payment_id)
    await story.do("capture_payment", paymentIntentId=await story.held(), amountMoney=usd(5000))
    await story.do("void_payment", paymentIntentId=await story.held("tok_amex"))
    approved = (await story.paid("tok_threeDSecure2Required"))["payments"][0]["paymentIntentId"]
    await story.house.simulator.complete(approved)
    failed = (await story.paid("tok_authenticationRequired"))["payments"][0]["paymentIntentId"]
    await story.house.simulator.fail(failed)
    await story.house.agent.flint.hear()


async def refunds_in_every_state(story: Story) -> None:
    for token in ("tok_visa", "tok_pendingRefund", "tok_refundFail"):
        order = (await story.paid(token))["order"]
        line = order["lineItems"][1]["lineItemId"]
        await story.do(
            "create_refund", orderId=order["orderId"], lines=[{"lineItemId": line}], reason="damaged", note="torn"
        )
    story.house.passes(minutes=1)
    await story.house.agent.flint.hear()
    for kind in OPEN_ENDS:
        order = (await story.paid())["order"]
        await story.fault(kind, "refund")
        await story.do("create_refund", orderId=order["orderId"], amountMoney=usd(700))
    waiting = (await story.paid("tok_pendingRefund"))["order"]
    await story.do("create_refund", orderId=waiting["orderId"])


async def gift_cards(story: Story) -> None:
    card = (await story.do("issue_gift_card", amountMoney=usd(20000), note="for Ann", customerId="crm-7"))["credit"]
    off = (await story.do("issue_gift_card", amountMoney=usd(500), expiresAt="2027-01-01T00:00:00Z"))["credit"]
    await story.do("adjust_gift_card", accountId=off["accountId"], active=False)
    await story.do("adjust_gift_card", accountId=card["accountId"], addMoney=usd(100), note="sorry")
    ann = (await story.do("save_customer", customerId="crm-7", note="a regular"))["customer"]["customerId"]
    await story.do("issue_store_credit", customerId=ann, amountMoney=usd(3000), note="thanks")
    order = await story.order()
    gift = {"source": card["accountId"], "amountMoney": usd(3000)}
    await story.do("pay_order", orderId=order["orderId"], tenders=[gift, {"source": "tok_visa"}])
    waits = await story.order(note="the gift card's part is held while the buyer approves the rest")
    tenders = [gift, {"source": "tok_threeDSecure2Required"}]
    await story.do("pay_order", orderId=waits["orderId"], tenders=tenders)
    theirs = await story.order(customerId=ann)
    credit = {"source": "store_credit", "amountMoney": usd(3000)}
    paid = await story.do("pay_order", orderId=theirs["orderId"], tenders=[credit, {"source": "tok_visa"}])
    await story.do("create_refund", orderId=theirs["orderId"], amountMoney=usd(900), refundTo="store_credit")
    [by_card] = [each["paymentIntentId"] for each in paid["payments"] if each["tender"]["type"] == "card"]
    await story.do("move_payment", paymentIntentId=by_card, paymentSourceToken="tok_mastercard")


async def methods(story: Story) -> None:
    cleo = await story.customer(name="Cleo Cards", emails=["cleo@example.com"])
    first = await story.saved(cleo, default=True)
    second = await story.saved(cleo, "tok_mastercard")
    await story.saved(cleo, "tok_chargeDeclined")
    await story.saved(cleo, "tok_threeDSecure2Required")
    await story.pay(await story.order(customerId=cleo), first)
    await story.do("remove_payment_method", paymentMethodId=second)
    for kind in OPEN_ENDS[:2]:
        kept = await story.saved(cleo, "tok_amex")
        await story.fault(kind, "attach")
        await story.saved(cleo)
        await story.fault(kind, "detach")
        await story.do("remove_payment_method", paymentMethodId=kept)


async def after_payment(story: Story) -> None:
    mug = {"itemId": "MUG-1", "quantity": 2}
    order = (await story.pay(await story.order(mug, {"itemId": "SHIRT-L"})))["order"]
    sent = await story.do("fulfill_order", orderId=order["orderId"], status="DELIVERED", carrier="DHL")
    line = sent["lineItems"][0]["lineItemId"]
    fee = {"amount": 100, "name": "Return shipping"}
    back = [{"lineItemId": line, "quantity": 1}]
    await story.do("return_items", orderId=order["orderId"], lines=back, restock=True, keepMoney=fee, note="one broke")
    swap = [{"lineItemId": line, "quantity": 1, "replacement": {"itemId": "SHIRT-S"}}]
    await story.do("return_items", orderId=order["orderId"], lines=swap, paymentSourceToken="tok_visa")
    amended = (await story.paid())["order"]
    plan = {"lineItemId": amended["lineItems"][0]["lineItemId"], "quantity": 2}
    await story.do("amend_order", orderId=amended["orderId"], lineItems=[plan], paymentSourceToken="tok_visa")
    smaller = (await story.paid())["order"]
    lines = [smaller["lineItems"][1]["lineItemId"]]
    await story.do("amend_order", orderId=smaller["orderId"], removeLineItemIds=lines)
    waits = (await story.paid())["order"]
    plan = {"lineItemId": waits["lineItems"][0]["lineItemId"], "quantity": 3}
    await story.do(
        "amend_order", orderId=waits["orderId"], lineItems=[plan], paymentSourceToken="tok_threeDSecure2Required"
    )
    parcel = (await story.paid())["order"]
    part = [{"lineItemId": parcel["lineItems"][0]["lineItemId"]}]
    sent = await story.do("fulfill_order", orderId=parcel["orderId"], lines=part, trackingNumber="JJD0001")
    gone = sent["fulfillments"][0]["fulfillmentId"]
    await story.do("fulfill_order", orderId=parcel["orderId"], fulfillmentId=gone, status="CANCELED")


async def taxes_told(story: Story) -> None:
    """Orders that the tax office is told of: filed, refused, without an answer, and taken back. It is told by the
    recovery, so that this comes before anything is open."""
    house, office = story.house, story.house.office

    async def told(*, refuse: bool, lose: bool) -> None:
        office.refuse, office.lose_answers = refuse, lose
        house.passes(minutes=5)
        await house.recover()
        office.refuse = office.lose_answers = False

    for address in (OAKLAND, BERLIN):
        for refuse, lose in ((False, False), (True, False), (False, True)):
            order = await story.do("create_order", house.taxed, lineItems=[PRO_PLAN, SUPPORT], shippingAddress=address)
            await story.do("pay_order", house.taxed, orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
            if address is OAKLAND:
                await told(refuse=refuse, lose=lose)
                continue
            await told(refuse=False, lose=False)
            await story.do("create_refund", house.taxed, orderId=order["orderId"], amountMoney=usd(2900))
            await told(refuse=refuse, lose=lose)


async def history(story: Story) -> None:
    """Orders of the past, under new numbers."""
    card = Tender(type="card", brand="visa", last4="4242")
    vat = (TaxTerms(name="VAT", percent=Decimal(8)),)
    shirts = LineRecord(name="Shirt", quantity=Decimal(2), unit_price=Amount(amount=5000), taxes=vat)

    def past(number: int, **fields: Any) -> OrderRecord:
        then = datetime(2024, 3, 1, 10, tzinfo=UTC) + timedelta(days=40 * number)
        paid = PaymentRecord(money=Amount(amount=10_800), tender=card, reference=f"ch_{number}")
        told = {"customer_id": "crm-7", "currency": "USD", "payments": (paid,), "fulfilled_at": then}
        return OrderRecord(reference=f"OLD-{number}", created_at=then, lines=(shirts,), **{**told, **fields})

    given = (RefundRecord(money=Amount(amount=972)),)
    records = (*(past(number) for number in range(6)), past(6, refunds=given), past(7, payments=(), fulfilled_at=None))
    answer = await story.house.agent.flint.execute(ImportOrders(records=records), Call(actor="operator"))
    assert {row["state"] for row in answer["rows"]} == {"made"}, answer["rows"]


async def neighbours(story: Story) -> None:
    """Another merchant of the same file, in another currency, whose keys are the same."""
    there = await story.house.another_merchant("Nebenan", "EUR")
    line = {"name": "Tasse", "unitPriceMoney": {"amount": 1200, "currency": "EUR"}}
    await story.do("save_customer", there, name="Dora", reference="crm-7", emails=["ann@example.com"])
    await story.do("create_coupon", there, couponCode="LAUNCH20", percent=10)
    order = await story.do("create_order", there, lineItems=[line], customerId="crm-7", reference="A-1000")
    await story.do("pay_order", there, orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
    await story.do("create_webhook_endpoint", there, url="https://hooks.example.com/there", events=["*"])
    order = await story.do("create_order", there, lineItems=[line])
    await story.do("pay_order", there, orderId=order["orderId"], paymentSourceTokens=["tok_threeDSecure2Required"])
    order = await story.do("create_order", there, lineItems=[line])
    await story.do("apply_coupon", there, orderId=order["orderId"], couponCode="launch20")


async def erased_and_merged(story: Story) -> None:
    survivor = await story.customer(name="Eve Adams", reference="crm-9", emails=["eve@example.com"])
    twin = await story.customer(name="E. Adams", emails=["eve@example.org"])
    await story.saved(twin)
    await story.order(customerId=twin)
    await story.do("issue_store_credit", customerId=twin, amountMoney=usd(400))
    await story.do("merge_customers", customerId=twin, intoCustomerId=survivor)

    early = {"customerId": "zoltan-f", "note": "for Zoltan", "metadata": {"for": "Zolti"}}
    await story.order(PRO_PLAN, **early)
    profile = {"emails": ["zoltan@fairweather.example"], "phones": ["+1 555-0199-777"], "addresses": [HOME]}
    person = await story.customer(name="Zoltan Fairweather", reference="zoltan-f", note="Zoltan rings", **profile)
    await story.saved(person)
    await story.saved(person, "tok_mastercard")
    await story.do("issue_store_credit", customerId=person, amountMoney=usd(500), note="sorry, Zoltan")
    engraved = {"name": "Mug", "unitPriceMoney": usd(2900), "note": "engrave: Fairweather"}
    sent = await story.order(PRO_PLAN, engraved, customerId=person, shippingAddress=HOME, note="ring, Zoltan!")
    await story.pay(sent, buyerEmail="zoltan@fairweather.example")
    await story.do("create_refund", orderId=sent["orderId"], amountMoney=usd(900), note="Zoltan asked")
    await story.do("fulfill_order", orderId=sent["orderId"], status="DELIVERED")
    canceled = await story.order(customerId=person, metadata={"who": "Fairweather"})
    await story.do("cancel_order", orderId=canceled["orderId"], reason="Zoltan changed his mind")
    await story.fault("answer_lost", "detach")  # one of the two methods is forgotten without an answer
    await story.do("erase_customer", customerId=person)


async def events(story: Story) -> None:
    """What Stripe would have told: waiting, settled, passed over, and left to a person."""
    inbox = InboxRecords(story.house.sqlite)
    [merchant_id, *_] = story.house.agents
    for number, kind in enumerate(("charge.succeeded", "payment_intent.succeeded", "refund.failed", "payout.paid")):
        event = StripeEvent(event_id=f"evt_{number}", type=kind, created=story.house.clock.now(), livemode=False)
        assert await inbox.keep(merchant_id, event)
    settled, ignored, left, waiting = await inbox.claim(10, timedelta(minutes=1))
    await inbox.end(settled, "settled")
    await inbox.end(ignored, "ignored", "none of ours")
    await inbox.end(left, "left", "nobody could tell")
    await inbox.put_off(waiting, timedelta(minutes=5), "no answer", tries=3)


async def deliveries(story: Story) -> None:
    """Everything so far is told, or tried; then a listener recovers and hears one again."""

    async def send(parcel: Parcel) -> Attempt:
        at = story.house.clock.now()
        if parcel.url.endswith("failing"):
            return Attempt(at=at, error="no connection could be made", milliseconds=3)
        if parcel.url.endswith("held"):
            return Attempt(at=at, http_status=429, retry_after=7200, milliseconds=5)
        return Attempt(at=at, http_status=200, milliseconds=8)

    courier = Courier(story.house.sqlite, send, story.house.clock, EXPOSED, random=Random(3))
    for _ in range(3):
        story.house.passes(minutes=10)
        await courier.drain()
    listed = await story.house.agent.answer("list_webhook_deliveries", {"status": "delivered", "limit": 1})
    await story.do("redeliver_webhook", deliveryId=listed["deliveries"][0]["deliveryId"])
    given_up = await story.house.agent.answer("list_webhook_endpoints", {"enabled": True})
    [failing] = [each for each in given_up["endpoints"] if each["description"] == "failing"]
    await story.do("create_webhook_endpoint", endpointId=failing["endpointId"], enabled=False)
    await story.order(note="told of later")


async def begin_what_never_ends(story: Story, group: TaskGroup) -> None:
    """Calls that are on their way when the server dies: before their money moved, and after it had."""
    house = story.house
    finn = await story.customer(name="Finn Halfway", emails=["finn@example.com"])
    kept = await story.saved(finn)
    captured, voided = [await story.held(), await story.held()], [await story.held(), await story.held()]
    paid = [(await story.paid())["order"]["orderId"] for _ in range(2)]
    orders = [(await story.order(note="on its way"))["orderId"] for _ in range(4)]
    reported = await story.do("create_order", house.taxed, lineItems=[PRO_PLAN], shippingAddress=OAKLAND)
    await story.do("pay_order", house.taxed, orderId=reported["orderId"], paymentSourceTokens=["tok_visa"])

    async def begin(agent: Agent, tool: str, **arguments: Any) -> None:
        stopped = house.gate.stopped
        group.start_soon(lambda: story.do(tool, agent, **arguments))
        await house.gate.reached(stopped + 1)

    for number, gate in enumerate((house.gate.before, house.gate.after)):
        gate.update(("authorize", "charge", "capture", "void", "refund", "attach"))
        agent = house.agent
        await begin(agent, "pay_order", orderId=orders[number], paymentSourceTokens=["tok_visa"])
        later = {"paymentSourceTokens": ["tok_visa"], "capture": "later"}
        await begin(agent, "pay_order", orderId=orders[2 + number], **later)
        await begin(agent, "capture_payment", paymentIntentId=captured[number])
        await begin(agent, "void_payment", paymentIntentId=voided[number])
        await begin(agent, "create_refund", orderId=paid[number], amountMoney=usd(1100))
        await begin(agent, "add_payment_method", customerId=finn, paymentSourceToken="tok_amex")
        gate.clear()
    house.gate.before.add("detach")
    await begin(house.agent, "remove_payment_method", paymentMethodId=kept)


async def begin_to_tell(story: Story, group: TaskGroup) -> None:
    """Deliveries that are leased, and never answered."""
    house = story.house
    house.gate.before.add("delivery")

    async def send(parcel: Parcel) -> Attempt:
        await house.gate.stop(house.gate.before, "delivery")
        return Attempt(at=house.clock.now(), http_status=200)

    courier = Courier(house.sqlite, send, house.clock, EXPOSED, random=Random(3))
    stopped = house.gate.stopped
    started = await courier.round(group)
    await house.gate.reached(stopped + started)
