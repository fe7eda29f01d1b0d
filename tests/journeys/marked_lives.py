"""What a person may have done, once with every command there is, and left their words wherever words may be left."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon, RemoveCoupon, UpdateCoupon
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.gift_cards import AdjustGiftCard, IssueGiftCard, IssueStoreCredit
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.orders import CancelOrder, CloseOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payment_methods import AddPaymentMethod, RemovePaymentMethod
from flint_domain.commands.payments import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.commands.tax_import import ImportTaxRates, TableRate
from flint_domain.commands.webhooks import DeleteWebhookEndpoint, RedeliverWebhook, SaveWebhookEndpoint
from flint_domain.customers.model import Profile
from flint_domain.importing.commands import ImportCustomers, ImportItems, ImportOrders
from flint_domain.importing.model import CustomerRecord, ItemRecord, LineRecord, OrderRecord, PaymentRecord
from flint_domain.kernel.addresses import Address
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from flint_domain.order.payments.model import Tender
from flint_domain.queries.orders import SearchOrders
from flint_domain.queries.webhooks import ListWebhookDeliveries
from flint_domain.reactions.webhooks.deliveries import pack, take
from flint_domain.unit_of_work.command import Command
from tests.journeys.house import PRO_PLAN
from tests.journeys.tax_office import OAKLAND, TaxedHouse

MARK = "wumpelstilz"  # in every word that the person leaves
NEEDLES = ("pelstilz", "5550199")  # what of it is looked for: an index keeps words without what begins the one before

HOME = Address(
    country="US",
    name=f"{MARK} name",
    line1=f"17 {MARK} row",
    line2=f"{MARK} floor",
    city=f"{MARK}burgh",
    region="CA",
    postal_code="94607 wumpelstilz",
    phone="5550199777",
)
PROFILE = Profile(
    name=f"{MARK} the first",
    emails=(f"{MARK}@example.com", f"second.{MARK}@example.com"),
    phones=("+1 5550199 888",),
    addresses=(HOME,),
    reference=f"{MARK}-ref",
    note=f"{MARK} rings twice",
    metadata={f"{MARK}-key": f"{MARK} value"},
    tax_id=f"US{MARK}1",
)
ENGRAVED = LineInput(name="Mug", unit_price=Amount(amount=2900), note=f"engrave {MARK}")


@dataclass(slots=True)
class Life:
    """The person's customer in a house, and the keys that were used so far."""

    house: TaxedHouse
    customer_id: str = ""
    keys: int = 0
    done: list[Command] = field(default_factory=list[Command])

    async def do(self, command: Command) -> dict[str, Any]:
        self.keys += 1
        self.done.append(command)
        return await self.house.do(command, key=f"life-{self.keys}")

    async def order(self, *lines: LineInput, **fields: Any) -> dict[str, Any]:
        """An order of the person's, with all that an order can say of them."""
        given: dict[str, Any] = {
            "customer_id": self.customer_id,
            "shipping_address": HOME,
            "note": f"for {MARK}",
            "metadata": {f"{MARK}-for": f"{MARK}"},
            **fields,
        }
        return await self.do(CreateOrder(lines=lines or (PRO_PLAN, ENGRAVED), **given))

    async def paid(self, *lines: LineInput, source: str = "tok_visa", **fields: Any) -> dict[str, Any]:
        order = await self.order(*lines, **fields)
        paid = await self.do(PayOrder(order_id=order["orderId"], sources=(source,), buyer_email=f"{MARK}@example.com"))
        return paid["order"]

    async def delivered(self, *lines: LineInput) -> dict[str, Any]:
        order = await self.paid(*lines)
        return await self.do(FulfillOrder(order_id=order["orderId"], state="DELIVERED"))

    async def saved_method(self) -> str:
        added = await self.do(AddPaymentMethod(customer_id=self.customer_id, source="tok_visa"))
        return added["paymentMethod"]["paymentMethodId"]

    async def send_webhooks(self) -> None:
        """Freeze the body of every delivery that is due, as a courier does."""
        merchant_id, store = self.house.flint.merchant_id, self.house.sqlite
        while True:
            listed = await self.house.ask(ListWebhookDeliveries(state="pending"))
            ids = [delivery["deliveryId"] for delivery in listed["deliveries"]]
            packed = await store.read(merchant_id, partial(pack, delivery_ids=ids, caller=self.house.caller))
            if not await store.write(merchant_id, partial(take, packed=packed)):
                return

    async def end_what_is_open(self) -> None:
        """Let everything be answered and reported, and end the orders that still need their buyer."""
        await self.house.reported(6)
        shown = await self.house.ask(SearchOrders(customer_id=self.customer_id, limit=100))
        for row in shown["orders"]:
            actions = await self.house.actions(row["orderId"])
            if "fulfill" in actions:
                await self.house.do(FulfillOrder(order_id=row["orderId"], state="DELIVERED"))
            elif "close" in actions:
                await self.house.do(CloseOrder(order_id=row["orderId"]))
        await self.house.reported(6)


async def begun(house: TaxedHouse) -> Life:
    """The person is a customer who had ordered before they were one, and somebody listens to every event."""
    life = Life(house)
    await life.do(SaveWebhookEndpoint(url="https://hooks.example.com/all", events=("*",)))
    await life.do(CreateCoupon(code="EARLY5", percent=Decimal(5), max_uses_per_customer=2))
    early = await life.order(customer_id=f"{MARK}-ref")
    await life.do(ApplyCoupon(order_id=early["orderId"], coupon_code="EARLY5"))
    saved = await life.do(SaveCustomer(profile=PROFILE))
    life.customer_id = saved["customer"]["customerId"]
    return life


Scenario = Callable[[Life], Awaitable[object]]


async def _update(life: Life) -> None:
    order = await life.order()
    line = LineChange(line_id=order["lineItems"][1]["lineItemId"], note=f"in {MARK} letters")
    update = OrderUpdate(
        add=(replace(ENGRAVED, note=f"one more for {MARK}"),),
        change=(line,),
        shipping_address=replace(HOME, line1=f"18 {MARK} row"),
        note=f"{MARK} has moved",
        metadata={f"{MARK}-key": f"{MARK} again", f"{MARK}-for": None},
    )
    await life.do(UpdateOrder(order_id=order["orderId"], update=update))


async def given_to_another(life: Life) -> None:
    """The order was the person's, was paid with what they had saved, and is somebody else's now."""
    order, method = await life.order(PRO_PLAN, shipping_address=OAKLAND), await life.saved_method()
    await life.do(PayOrder(order_id=order["orderId"], sources=(method,), buyer_email=f"{MARK}@example.com"))
    other = await life.do(SaveCustomer(profile=Profile(name="Ann")))
    given = OrderUpdate(customer_id=other["customer"]["customerId"], note="", metadata={f"{MARK}-for": None})
    await life.do(UpdateOrder(order_id=order["orderId"], update=given))


async def _cancel(life: Life) -> None:
    for order in (await life.order(), await life.paid()):
        await life.do(CancelOrder(order_id=order["orderId"], cancel_reason=f"{MARK} changed {MARK}'s mind"))


async def _close(life: Life) -> None:
    await life.do(CloseOrder(order_id=(await life.paid())["orderId"]))


async def _coupon(life: Life, **fields: Any) -> str:
    await life.do(CreateCoupon(code="LAUNCH20", percent=Decimal(20), **fields))
    return "LAUNCH20"


async def _apply(life: Life) -> dict[str, Any]:
    """Counted for the person, whom the order names by the merchant's own reference."""
    code = await _coupon(life, max_uses_per_customer=2)
    order = await life.order(customer_id=PROFILE.reference)
    return await life.do(ApplyCoupon(order_id=order["orderId"], coupon_code=code))


async def _remove(life: Life) -> None:
    order = await _apply(life)
    await life.do(RemoveCoupon(order_id=order["orderId"], coupon_code="LAUNCH20"))


async def _update_coupon(life: Life) -> None:
    await _apply(life)
    await life.do(UpdateCoupon(code="LAUNCH20", active=False))


async def _pay(life: Life) -> None:
    await life.paid()
    await life.paid(source="tok_chargeDeclined")
    card = await life.do(IssueGiftCard(money=Amount(amount=1000), customer_id=life.customer_id, note=f"to {MARK}"))
    order = await life.order()
    tenders = (
        TenderInput(source=card["credit"]["accountId"], money=Amount(amount=1000)),
        TenderInput(source="tok_visa"),
    )
    await life.do(PayOrder(order_id=order["orderId"], tenders=tenders, buyer_email=f"{MARK}@example.com"))


async def _held(life: Life) -> str:
    order = await life.order()
    held = await life.do(
        PayOrder(
            order_id=order["orderId"], sources=("tok_visa",), capture_later=True, buyer_email=f"{MARK}@example.com"
        )
    )
    return held["payments"][0]["paymentIntentId"]


async def _refund(life: Life) -> None:
    order = await life.paid()
    target = RefundTarget(order_id=order["orderId"], amount=Amount(amount=900))
    await life.do(CreateRefund(target=target, note=f"{MARK} asked for it"))
    to_credit = RefundTarget(order_id=order["orderId"], amount=Amount(amount=800))
    await life.do(CreateRefund(target=to_credit, note=f"{MARK} takes credit", refund_to="store_credit"))


async def _amend(life: Life) -> None:
    order = await life.paid()
    update = OrderUpdate(
        add=(replace(ENGRAVED, note=f"and one for {MARK}'s mother"),), shipping_address=replace(HOME, city=f"New{MARK}")
    )
    await life.do(AmendOrder(order_id=order["orderId"], update=update, source="tok_visa"))


async def _return(life: Life) -> None:
    order = await life.delivered()
    item = ReturnItem(
        line_id=order["lineItems"][1]["lineItemId"], replacement=replace(ENGRAVED, note=f"{MARK} spelled right")
    )
    await life.do(
        ReturnItems(order_id=order["orderId"], request=ReturnRequest(items=(item,), note=f"{MARK} sent it back"))
    )
    back = ReturnRequest(
        items=(ReturnItem(line_id=order["lineItems"][0]["lineItemId"]),), note=f"{MARK} sent all of it back"
    )
    fee = KeepMoney(name=f"shipping from {MARK}burgh", money=Amount(amount=100))
    await life.do(ReturnItems(order_id=order["orderId"], request=back, keep=fee))


async def _move(life: Life) -> None:
    order = await life.paid()
    await life.do(MovePayment(payment_id=order["paymentIntentIds"][0], source="tok_mastercard"))


async def _merge(life: Life) -> None:
    again = replace(PROFILE, reference=f"{MARK}-again", name=f"{MARK} the second")
    twin = (await life.do(SaveCustomer(profile=again)))["customer"]["customerId"]
    await life.order(customer_id=twin)
    await life.order(customer_id=again.reference)
    await life.do(AddPaymentMethod(customer_id=twin, source="tok_visa"))
    await life.do(IssueStoreCredit(customer_id=twin, money=Amount(amount=500), note=f"sorry, {MARK}"))
    await life.do(MergeCustomers(customer_id=twin, into_customer_id=life.customer_id))


async def _erase_one_more(life: Life) -> None:
    """Somebody of the same name was erased before, and does not hide what is left of this one."""
    again = replace(PROFILE, reference=f"{MARK}-before")
    twin = (await life.do(SaveCustomer(profile=again)))["customer"]["customerId"]
    await life.order(customer_id=twin)
    await life.do(EraseCustomer(customer_id=twin))


async def _attach(life: Life) -> None:
    await life.saved_method()
    for source in ("tok_chargeDeclined", "tok_threeDSecure2Required"):
        await life.do(AddPaymentMethod(customer_id=life.customer_id, source=source, default=True))


async def _detach(life: Life) -> None:
    await life.do(RemovePaymentMethod(method_id=await life.saved_method()))


async def _stock(life: Life) -> None:
    made = await life.do(
        SaveItem(item_name="Mug", reference="mug", variants=(VariantInput(sku="M", price=Amount(amount=900)),))
    )
    variant = made["item"]["variants"][0]["variantId"]
    await life.do(AdjustInventory(variant_id=variant, count=Decimal(5), reason="received"))
    await life.paid(LineInput(item_id=variant))


async def _gift_card(life: Life) -> str:
    made = await life.do(IssueGiftCard(money=Amount(amount=1000), customer_id=life.customer_id, note=f"to {MARK}"))
    return made["credit"]["accountId"]


async def _adjust_gift_card(life: Life) -> None:
    card = await _gift_card(life)
    await life.do(AdjustGiftCard(account=card, add=Amount(amount=100), note=f"for {MARK}'s trouble"))


async def _redeliver(life: Life) -> None:
    await life.paid()
    await life.send_webhooks()
    listed = await life.house.ask(ListWebhookDeliveries())
    await life.do(RedeliverWebhook(delivery_id=listed["deliveries"][0]["deliveryId"]))


async def _delete_endpoint(life: Life) -> None:
    await life.paid()
    made = await life.do(SaveWebhookEndpoint(url="https://hooks.example.com/some", events=("*",)))
    await life.order()
    await life.send_webhooks()
    await life.do(DeleteWebhookEndpoint(endpoint_id=made["endpoint"]["endpointId"]))


async def _import_customers(life: Life) -> None:
    record = CustomerRecord(reference=f"{MARK}-ref", profile=replace(PROFILE, reference=None, note=f"{MARK} imported"))
    await life.do(ImportCustomers(records=(record,)))


async def _import_orders(life: Life) -> None:
    record = OrderRecord(
        reference="SHOP-1",
        created_at=datetime(2025, 11, 23, 12, tzinfo=UTC),
        customer_id=f"{MARK}-ref",
        buyer_email=f"{MARK}@example.com",
        shipping_address=HOME,
        lines=(LineRecord(name="Mug", unit_price=Amount(amount=2900), note=f"engrave {MARK}", fulfilled=Decimal(1)),),
        payments=(PaymentRecord(money=Amount(amount=2900), tender=Tender(type="card")),),
        fulfilled_at=datetime(2025, 11, 24, 12, tzinfo=UTC),
        note=f"for {MARK}",
        metadata={f"{MARK}-key": MARK},
    )
    canceled = replace(
        record,
        reference="SHOP-2",
        payments=(),
        fulfilled_at=None,
        lines=(replace(record.lines[0], fulfilled=None),),
        canceled_at=datetime(2025, 11, 24, 12, tzinfo=UTC),
        cancel_reason=f"{MARK} was away",
    )
    made = await life.do(ImportOrders(records=(record, canceled)))
    assert [row["state"] for row in made["rows"]] == ["made", "made"], made


SCENARIOS: dict[type[Command], Scenario] = {
    CreateOrder: lambda life: life.order(),
    UpdateOrder: _update,
    CancelOrder: _cancel,
    CloseOrder: _close,
    ApplyCoupon: _apply,
    RemoveCoupon: _remove,
    CreateCoupon: _coupon,
    UpdateCoupon: _update_coupon,
    PayOrder: _pay,
    CapturePayment: lambda life: _then(_held(life), lambda payment_id: life.do(CapturePayment(payment_id=payment_id))),
    VoidPayment: lambda life: _then(_held(life), lambda payment_id: life.do(VoidPayment(payment_id=payment_id))),
    CreateRefund: _refund,
    AmendOrder: _amend,
    ReturnItems: _return,
    MovePayment: _move,
    FulfillOrder: lambda life: life.delivered(),
    SaveCustomer: lambda life: life.do(SaveCustomer(customer_id=life.customer_id, profile=Profile(note=f"{MARK}!"))),
    MergeCustomers: _merge,
    EraseCustomer: _erase_one_more,
    AddPaymentMethod: _attach,
    RemovePaymentMethod: _detach,
    SaveItem: _stock,
    AdjustInventory: _stock,
    IssueGiftCard: _gift_card,
    IssueStoreCredit: lambda life: life.do(
        IssueStoreCredit(customer_id=life.customer_id, money=Amount(amount=500), note=f"sorry, {MARK}")
    ),
    AdjustGiftCard: _adjust_gift_card,
    SaveTaxRate: lambda life: life.do(SaveTaxRate(rate_name="Sales tax", percent=Decimal(8), default=True)),
    ImportTaxRates: lambda life: life.do(
        ImportTaxRates(
            source="a table",
            countries=("DE",),
            rates=(TableRate(country="DE", name="VAT", percent=Decimal(19)),),
            inclusive=True,
        )
    ),
    SaveWebhookEndpoint: lambda life: _then(life.paid(), lambda _: life.send_webhooks()),
    DeleteWebhookEndpoint: _delete_endpoint,
    RedeliverWebhook: _redeliver,
    ImportCustomers: _import_customers,
    ImportItems: lambda life: life.do(ImportItems(records=(ItemRecord(reference="mug", name="Mug"),))),
    ImportOrders: _import_orders,
}


async def _then(first: Awaitable[Any], second: Callable[[Any], Awaitable[object]]) -> object:
    return await second(await first)
