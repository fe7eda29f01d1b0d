"""What callers do with an order that is paid: hand it over, change it, take it back, pay it otherwise."""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.fulfillment.rules import Tracking, Units
from flint_domain.order.inputs import Amount, LineChange, OrderUpdate
from flint_domain.order.model import Order
from tests.machine import draws
from tests.machine.buying import PLACES, Buying
from tests.machine.shop import Shop

amendment = st.sampled_from(["dearer", "cheaper", "renamed", "add", "remove", "quantity", "address", "tip", "swap"])
follow_up = st.sampled_from(["DELIVERED", "DELIVERED", "CANCELED", "tracking"])


def _is_paid(order: Order) -> bool:
    return any(payment.captured for payment in order.payments) or order.settled_free


def _has_parcels(order: Order) -> bool:
    return bool(order.fulfillments)


def _has_arrived(order: Order) -> bool:
    return any(parcel.state == "DELIVERED" for parcel in order.fulfillments)


class Changing(Buying):
    def _one(self, data: st.DataObject, orders: list[Order]) -> Order:
        return orders[data.draw(st.integers(0, len(orders) - 1))]

    @precondition(Shop.has_orders)
    @rule(data=st.data(), all_=st.booleans(), delivered=st.sampled_from([True, True, False]), key=draws.key)
    def fulfill(self, data: st.DataObject, all_: bool, delivered: bool, key: str | None) -> None:
        order = self._one(data, self.orders(bool))
        line = data.draw(st.sampled_from(order.lines)).line_id
        some = (Units(line_id=line, quantity=data.draw(draws.units)),)
        state = "DELIVERED" if delivered else None
        self.do(FulfillOrder(order_id=order.order_id, lines=() if all_ else some, state=state), key)

    @precondition(lambda self: self.orders(_has_parcels))
    @rule(data=st.data(), what=follow_up, key=draws.key, dry_run=st.booleans())
    def follow_a_parcel_up(self, data: st.DataObject, what: str, key: str | None, dry_run: bool) -> None:
        order = self._one(data, self.orders(_has_parcels))
        parcel = data.draw(st.sampled_from(order.fulfillments)).fulfillment_id
        command = {
            "DELIVERED": FulfillOrder(order_id=order.order_id, fulfillment_id=parcel, state="DELIVERED"),
            "CANCELED": FulfillOrder(order_id=order.order_id, fulfillment_id=parcel, state="CANCELED"),
            "tracking": FulfillOrder(
                order_id=order.order_id, fulfillment_id=parcel, tracking=Tracking(number=f"no. {self.keys}")
            ),
        }[what]
        self.do(command, key, dry_run=dry_run)

    @precondition(lambda self: self.orders(_is_paid))
    @rule(
        data=st.data(),
        what=amendment,
        means=st.tuples(draws.source, draws.refund_to),
        key=draws.key,
        dry_run=st.sampled_from([False, False, True]),
    )
    def amend(
        self, data: st.DataObject, what: str, means: tuple[str | None, str | None], key: str | None, *, dry_run: bool
    ) -> None:
        order = self._one(data, self.orders(_is_paid))
        update = self._amended(data, order, what)
        command = AmendOrder(order_id=order.order_id, update=update, source=means[0], refund_to=means[1])
        self.do(command, key, dry_run=dry_run)

    def _amended(self, data: st.DataObject, order: Order, what: str) -> OrderUpdate:
        line = data.draw(st.sampled_from(order.lines))
        some = data.draw(st.integers(1, 3_000))

        def change(**fields: object) -> OrderUpdate:
            return OrderUpdate(change=(LineChange(line_id=line.line_id, **fields),))  # pyright: ignore[reportArgumentType]

        return {
            "dearer": lambda: change(unit_price=Amount(amount=line.unit_price + some)),
            "cheaper": lambda: change(unit_price=Amount(amount=max(0, line.unit_price - some))),
            "renamed": lambda: change(name=f"thing no. {some}"),
            "add": lambda: OrderUpdate(add=(self.a_line(data),)),
            "remove": lambda: OrderUpdate(remove=(line.line_id,)),
            "quantity": lambda: change(quantity=data.draw(draws.few)),
            "address": lambda: OrderUpdate(shipping_address=data.draw(st.sampled_from(PLACES))),
            "tip": lambda: OrderUpdate(tip=Amount(amount=some)),
            "swap": lambda: OrderUpdate(add=(self.a_line(data),), remove=(line.line_id,)),
        }[what]()

    @precondition(lambda self: self.orders(_has_arrived))
    @rule(
        data=st.data(),
        what=st.sampled_from(["refund", "refund", "exchange", "exchange", "mixed"]),
        means=st.tuples(draws.source, draws.refund_to),
        key=draws.key,
        dry_run=st.sampled_from([False, False, True]),
    )
    def return_items(
        self, data: st.DataObject, what: str, means: tuple[str | None, str | None], key: str | None, *, dry_run: bool
    ) -> None:
        order = self._one(data, self.orders(_has_arrived))
        chosen = data.draw(
            st.lists(st.sampled_from(order.lines), min_size=1, max_size=2, unique_by=lambda x: x.line_id)
        )
        items = tuple(
            ReturnItem(
                line_id=line.line_id,
                quantity=data.draw(draws.units),
                replacement=self.a_line(data) if what == "exchange" or (what == "mixed" and number) else None,
                replacement_quantity=data.draw(st.sampled_from([None, None, Decimal(2)])),
            )
            for number, line in enumerate(chosen)
        )
        request = ReturnRequest(items=items, restock=data.draw(st.booleans()))
        fee = data.draw(draws.fee)
        command = ReturnItems(
            order_id=order.order_id,
            request=request,
            keep=None if fee is None else KeepMoney(name="fee", money=Amount(amount=fee)),
            source=means[0],
            refund_to=means[1],
        )
        self.do(command, key, dry_run=dry_run)

    @precondition(Shop.has_paid)
    @rule(which=st.integers(0, 3), source=st.sampled_from(draws.SOURCES), key=draws.key, dry_run=st.booleans())
    def move_payment(self, which: int, source: str, key: str | None, dry_run: bool) -> None:
        paid = self.payments(lambda payment: payment.captured > 0)
        self.do(MovePayment(payment_id=paid[which % len(paid)].payment_id, source=source), key, dry_run=dry_run)
