"""What the machine draws from: amounts, quantities, sources of money, coupons, and situations worth being in."""

from collections.abc import Callable
from decimal import Decimal

from hypothesis import strategies as st

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.coupons import CreateCoupon
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.payments import PayOrder, TenderInput
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.fulfillment.rules import Units
from flint_domain.order.inputs import Amount, LineChange, LineInput, ModifierInput, OrderUpdate
from flint_domain.order.model import Order
from flint_domain.unit_of_work.command import Command

GIFT, SMALL_GIFT, SAVED, STORE_CREDIT = "a gift card", "a small gift card", "a saved method", "store_credit"
"""Sources that are ids which only the shop knows; "store_credit" is said as it is."""

TOKENS = (
    "tok_visa",
    "tok_mastercard",
    "tok_chargeDeclined",
    "tok_visa_chargeDeclinedStolenCard",
    "tok_threeDSecure2Required",
    "tok_threeDSecureRequiredChargeDeclined",
    "tok_pendingRefund",
    "tok_refundFail",
    "tok_createDispute",
)
SOURCES = (*TOKENS, GIFT, SMALL_GIFT, SAVED, STORE_CREDIT)
COUPONS = (
    CreateCoupon(code="TEN", percent=Decimal(10)),
    CreateCoupon(code="CAPPED", percent=Decimal("33.3"), max_discount=Amount(amount=777)),
    CreateCoupon(code="FIVE", discount=Amount(amount=500), minimum_subtotal=Amount(amount=2000)),
    CreateCoupon(code="MUGS", percent=Decimal("12.5"), item_ids=("mug",)),
    CreateCoupon(code="LAST", percent=Decimal(50), max_uses=1),
    CreateCoupon(code="ONCE", discount=Amount(amount=100), max_uses_per_customer=1),
    CreateCoupon(code="ALONE", percent=Decimal(20), exclusive=True),
    CreateCoupon(code="FREE", percent=Decimal(100)),
)
COUNTED = {"SCARF": Decimal(9), "LAST-ONE": Decimal(1)}  # what the shop counts, by SKU

price = st.builds(Amount, amount=st.integers(0, 20_000))
quantity = st.sampled_from([Decimal(n) for n in ("1", "1", "2", "3", "1.5", "0.3333", "12.25")])
few = st.sampled_from([Decimal(n) for n in ("1", "1", "2", "0.5")])
customer = st.sampled_from(["ann", "bob", "cus_zoe"])
percent_off = st.sampled_from([None, None, Decimal("7.5"), Decimal(40)])
money_off = st.one_of(st.none(), st.builds(Amount, amount=st.integers(1, 3_000)))
modifiers = st.lists(
    st.builds(ModifierInput, name=st.just("gift wrap"), money=st.builds(Amount, amount=st.integers(0, 300))), max_size=2
).map(tuple)
units = st.sampled_from([None, Decimal(1), Decimal("0.5")])
sources = st.lists(st.sampled_from(SOURCES), min_size=1, max_size=3)
source = st.sampled_from([None, "tok_visa", "tok_visa", *SOURCES])
refund_to = st.sampled_from([None, None, None, "tok_visa", GIFT, STORE_CREDIT])
fee = st.sampled_from([None, None, None, 1, 150, 2_000])  # kept of what comes back
part = st.one_of(st.none(), st.integers(1, 99))  # a percentage of what there is, or all of it
key = st.one_of(st.none(), st.just("new"))


def percent_of(amount: int, percent: int | None) -> Amount | None:
    return None if percent is None else Amount(amount=max(1, amount * percent // 100))


# ── situations that a random walk would be long in coming to ──

Scene = Callable[[Order], Command]


def _tender(source: str, amount: int) -> TenderInput:
    return TenderInput(source=source, money=Amount(amount=amount))


def _pay(*sources: str, later: bool = False) -> Scene:
    return lambda order: PayOrder(order_id=order.order_id, sources=sources, capture_later=later)


def _pay_with(first: str, second: str, *, later: bool = False) -> Scene:
    tenders = (_tender(first, 5_000), _tender(second, 6_000))
    return lambda order: PayOrder(order_id=order.order_id, tenders=tenders, capture_later=later)


def _pay_part(order: Order) -> Command:
    return PayOrder(order_id=order.order_id, tenders=(_tender("tok_visa", 4_000),))


def _refund(order: Order) -> Command:
    return CreateRefund(target=RefundTarget(order_id=order.order_id, amount=Amount(amount=4_321)))


def _deliver(order: Order) -> Command:
    return FulfillOrder(order_id=order.order_id, state="DELIVERED")


def _deliver_first(order: Order) -> Command:
    return FulfillOrder(order_id=order.order_id, lines=(Units(line_id=order.lines[0].line_id),), state="DELIVERED")


def _reprice(amount: int, source: str | None = None) -> Scene:
    """The last line at another price: it costs 29.00."""

    def command(order: Order) -> Command:
        change = LineChange(line_id=order.lines[-1].line_id, unit_price=Amount(amount=amount))
        return AmendOrder(order_id=order.order_id, update=OrderUpdate(change=(change,)), source=source)

    return command


def _return(order: Order) -> Command:
    item = ReturnItem(line_id=order.lines[0].line_id)
    return ReturnItems(order_id=order.order_id, request=ReturnRequest(items=(item,)))


def _exchange(amount: int, source: str | None = None) -> Scene:
    """The first line for something else: it costs 99.00."""

    def command(order: Order) -> Command:
        swap = LineInput(name="another thing", unit_price=Amount(amount=amount))
        item = ReturnItem(line_id=order.lines[0].line_id, replacement=swap)
        return ReturnItems(order_id=order.order_id, request=ReturnRequest(items=(item,)), source=source)

    return command


def _move(source: str) -> Scene:
    return lambda order: MovePayment(payment_id=order.payments[0].payment_id, source=source)


Situation = tuple[str | None, tuple[Scene, ...]]
"""The fault that is switched on before the last command, and what happened to the first order."""

BEFORE_PAYMENT: dict[str, Situation] = {
    "nothing yet": (None, ()),
    "held": (None, (_pay("tok_visa", later=True),)),
    "partly paid, the rest held": (None, (_pay_part, _pay("tok_mastercard", later=True))),
    "waits for the buyer": (None, (_pay("tok_threeDSecure2Required", "tok_visa"),)),
    "waits for the bank": ("pending", (_pay("tok_visa", "tok_mastercard"),)),
    "answer lost": ("answer_lost", (_pay("tok_visa", "tok_mastercard"),)),
    "two tenders held": (None, (_pay_with("tok_visa", "tok_mastercard", later=True),)),
    "one tender held, one waits": (None, (_pay_with("tok_visa", "tok_threeDSecure2Required", later=True),)),
    "tenders wait for the buyer": (None, (_pay_with("tok_visa", "tok_threeDSecure2Required"),)),
    "a gift card held, the card waits": (None, (_pay_with(GIFT, "tok_threeDSecure2Required"),)),
    "held on a gift card": (None, (_pay(GIFT, later=True),)),
    "held and handed over": (None, (_pay("tok_visa", later=True), _deliver_first)),
}
PAID_AND_CHANGED: dict[str, Situation] = {
    "paid": (None, (_pay("tok_visa"),)),
    "paid with a saved method": (None, (_pay(SAVED),)),
    "paid in part with a gift card": (None, (_pay_with(GIFT, "tok_visa"), _pay("tok_mastercard"))),
    "a refund is pending": (None, (_pay("tok_pendingRefund"), _refund)),
    "a refund will fail": (None, (_pay("tok_refundFail"), _refund)),
    "a refund was declined": (None, (_pay("tok_createDispute"), _refund)),
    "a dearer change waits for the buyer": (None, (_pay("tok_visa"), _reprice(4_000, "tok_threeDSecure2Required"))),
    "a dearer change whose answer is lost": ("answer_lost", (_pay("tok_visa"), _reprice(4_000, "tok_visa"))),
    "a cheaper change whose answer is lost": ("answer_lost", (_pay("tok_visa"), _reprice(1_000))),
    "a cheaper change whose refund will fail": (None, (_pay("tok_refundFail"), _reprice(1_000))),
    "refunded in part and cheaper": (None, (_pay("tok_visa"), _refund, _reprice(1_000))),
    "moving, and the buyer is asked": (None, (_pay("tok_refundFail"), _refund, _move("tok_threeDSecure2Required"))),
    "moved, and nothing goes back": (None, (_pay("tok_createDispute"), _move("tok_visa"))),
    "moved from a gift card": (None, (_pay(GIFT, "tok_visa"), _move("tok_mastercard"))),
}
SENT_AND_RETURNED: dict[str, Situation] = {
    "half delivered": (None, (_pay("tok_visa"), _deliver_first)),
    "delivered": (None, (_pay("tok_visa"), _deliver)),
    "delivered, and refunded in part": (None, (_pay("tok_visa"), _deliver, _refund)),
    "paid in part with a gift card, and delivered": (
        None,
        (_pay_with(GIFT, "tok_visa"), _pay("tok_mastercard"), _deliver),
    ),
    "a return whose refund is pending": (None, (_pay("tok_pendingRefund"), _deliver, _return)),
    "a return whose refund will fail": (None, (_pay("tok_refundFail"), _deliver, _return)),
    "a return whose answer is lost": ("answer_lost", (_pay("tok_visa"), _deliver, _return)),
    "exchanged after a refund": (None, (_pay("tok_visa"), _refund, _deliver, _exchange(9_900), _deliver)),
    "exchanged for something dearer": (
        None,
        (_pay("tok_visa"), _deliver, _exchange(12_000, "tok_mastercard"), _deliver),
    ),
    "exchanged for something cheaper": (None, (_pay(GIFT, "tok_visa"), _deliver, _exchange(5_000), _deliver)),
    "an exchange waits for the buyer": (
        None,
        (_pay("tok_visa"), _deliver, _exchange(12_000, "tok_threeDSecure2Required")),
    ),
}
