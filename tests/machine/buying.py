"""What callers do with an order until it is paid, and to give money back."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from flint_domain.commands.coupons import ApplyCoupon, RemoveCoupon, UpdateCoupon
from flint_domain.commands.orders import CancelOrder, CloseOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.order.guards import capturable, voidable
from flint_domain.order.inputs import Amount, ChargeInput, LineChange, LineInput, OrderUpdate
from tests.machine import draws
from tests.machine.draws import COUNTED, COUPONS, SOURCES, percent_of
from tests.machine.shop import Shop

MOST_ORDERS = 3
PLACES = tuple(Address(country=country, line1="1 High Street") for country in ("DE", "FR"))

update_of = st.sampled_from(["add", "change", "remove", "tip", "customer", "off", "note", "address"])


class Buying(Shop):
    def a_line(self, draw: st.DataObject) -> LineInput:
        """Something of the merchant's own, or something that the shop counts."""
        item = draw.draw(st.sampled_from([None, None, "mug", *COUNTED]))
        if item in COUNTED:
            agreed = draw.draw(st.one_of(st.none(), draws.price))
            return LineInput(item_id=item, quantity=draw.draw(draws.few), unit_price=agreed)
        tax = draw.draw(st.sampled_from(["default", "default", "exempt", "city", "vat", "vat", "both"]))
        rates = {"exempt": [], "city": self.taxes[:1], "vat": self.taxes[1:2], "both": self.taxes[1:]}.get(tax)
        return LineInput(
            name="thing",
            quantity=draw.draw(draws.quantity),
            unit_price=draw.draw(draws.price),
            modifiers=draw.draw(draws.modifiers),
            discount_percent=draw.draw(draws.percent_off),
            discount=draw.draw(draws.money_off),
            tax_rate_ids=None if rates is None else tuple(rates),
            item_id=item,
        )

    @precondition(lambda self: self.books is not None and len(self.books.orders) < MOST_ORDERS)
    @rule(data=st.data(), customer=st.one_of(st.none(), draws.customer), tip=st.integers(0, 500), key=draws.key)
    def create(self, data: st.DataObject, customer: str | None, tip: int, key: str | None) -> None:
        lines = tuple(self.a_line(data) for _ in range(data.draw(st.integers(1, 3))))
        charge = ChargeInput(name="shipping", money=data.draw(draws.price), taxable=data.draw(st.booleans()))
        command = CreateOrder(
            lines=lines,
            customer_id=customer,
            shipping_address=data.draw(st.sampled_from([None, None, *PLACES])),
            charges=(charge,) if data.draw(st.booleans()) else (),
            tip=Amount(amount=tip),
        )
        self.do(command, key)

    @precondition(Shop.has_orders)
    @rule(data=st.data(), number=st.integers(0, 2), what=update_of, key=draws.key, dry_run=st.booleans())
    def update(self, data: st.DataObject, number: int, what: str, key: str | None, dry_run: bool) -> None:
        order = self.order(number)
        line = data.draw(st.sampled_from(order.lines)).line_id
        update = {
            "add": lambda: OrderUpdate(add=(self.a_line(data),)),
            "change": lambda: OrderUpdate(change=(LineChange(line_id=line, quantity=data.draw(draws.quantity)),)),
            "remove": lambda: OrderUpdate(remove=(line,), note="gone"),
            "tip": lambda: OrderUpdate(tip=data.draw(draws.price)),
            "customer": lambda: OrderUpdate(customer_id=data.draw(draws.customer)),
            "off": lambda: OrderUpdate(change=(LineChange(line_id=line, discount=data.draw(draws.price)),)),
            "note": lambda: OrderUpdate(note="please ring"),
            "address": lambda: OrderUpdate(shipping_address=data.draw(st.sampled_from(PLACES))),
        }[what]()
        self.do(UpdateOrder(order_id=order.order_id, update=update), key, dry_run=dry_run)

    @precondition(Shop.has_orders)
    @rule(
        number=st.integers(0, 2),
        code=st.sampled_from([coupon.code for coupon in COUPONS]),
        what=st.sampled_from(["apply", "apply", "apply", "remove", "switch"]),
        key=draws.key,
    )
    def coupon(self, number: int, code: str, what: str, key: str | None) -> None:
        order = self.order(number)
        held = order.coupons[0].code if order.coupons else code
        if what == "apply":
            self.do(ApplyCoupon(order_id=order.order_id, coupon_code=code.lower()), key)
        elif what == "remove":
            self.do(RemoveCoupon(order_id=order.order_id, coupon_code=held), key)
        else:
            self.do(UpdateCoupon(code=code, active=number == 0), key)

    @precondition(Shop.has_orders)
    @rule(number=st.integers(0, 2), sources=draws.sources, later=st.booleans(), key=draws.key, dry_run=st.booleans())
    def pay(self, number: int, sources: list[str], later: bool, key: str | None, dry_run: bool) -> None:
        command = PayOrder(order_id=self.order(number).order_id, sources=tuple(sources), capture_later=later)
        self.do(command, key, dry_run=dry_run)

    @precondition(Shop.has_orders)
    @rule(
        number=st.integers(0, 2),
        tendered=st.lists(st.tuples(st.sampled_from(SOURCES), st.integers(1, 70)), min_size=1, max_size=3),
        how=st.sampled_from(["together", "together", "keep what works", "capture later"]),
        rest=st.booleans(),
        key=draws.key,
    )
    def pay_with_tenders(
        self, number: int, tendered: list[tuple[str, int]], how: str, key: str | None, *, rest: bool
    ) -> None:
        order = self.order(number)
        assert self.books is not None
        outstanding = self.books.columns[order.order_id]["outstanding"]
        tenders = tuple(
            TenderInput(source=source, money=percent_of(outstanding, part) or Amount(amount=1))
            for source, part in tendered
        )
        if rest:  # the last one pays what the others leave
            tenders = (*tenders[:-1], TenderInput(source=tendered[-1][0]))
        command = PayOrder(
            order_id=order.order_id,
            tenders=tenders,
            keep_partial=how == "keep what works",
            capture_later=how == "capture later",
        )
        self.do(command, key)

    @precondition(lambda self: self.payments(capturable))
    @rule(which=st.integers(0, 3), part=draws.part, key=draws.key)
    def capture(self, which: int, part: int | None, key: str | None) -> None:
        held = self.payments(capturable)
        payment = held[which % len(held)]
        amount = percent_of(payment.authorized, part)
        self.do(CapturePayment(payment_id=payment.payment_id, amount=amount), key)

    @precondition(lambda self: self.payments(voidable))
    @rule(which=st.integers(0, 3), key=draws.key)
    def void(self, which: int, key: str | None) -> None:
        held = self.payments(voidable)
        self.do(VoidPayment(payment_id=held[which % len(held)].payment_id), key)

    @precondition(Shop.has_paid)
    @rule(
        data=st.data(),
        which=st.integers(0, 3),
        part=draws.part,
        to=draws.refund_to,
        key=draws.key,
        dry_run=st.booleans(),
    )
    def refund(
        self, data: st.DataObject, which: int, part: int | None, to: str | None, key: str | None, *, dry_run: bool
    ) -> None:
        paid_for = self.payments(lambda payment: payment.captured > 0)
        order = self.order_of(paid_for[which % len(paid_for)])
        paid = sum(payment.captured for payment in order.payments)
        line = data.draw(st.sampled_from(order.lines)).line_id
        charges = tuple(charge.charge_id for charge in order.charges)
        through = data.draw(st.sampled_from([None, *(p.payment_id for p in order.payments if p.captured)]))
        of_lines = (RefundLine(line_id=line, quantity=data.draw(draws.units)),)
        targets = [
            RefundTarget(order_id=order.order_id, payment_id=through, amount=percent_of(paid, part)),
            RefundTarget(order_id=order.order_id, payment_id=through, lines=of_lines),
            RefundTarget(order_id=order.order_id, payment_id=through, charge_ids=charges, tip=order.tip > 0),
        ]
        self.do(CreateRefund(target=data.draw(st.sampled_from(targets)), refund_to=to), key, dry_run=dry_run)

    @precondition(Shop.has_orders)
    @rule(number=st.integers(0, 2), end=st.sampled_from([CancelOrder, CloseOrder]), key=draws.key, sure=st.booleans())
    def end(self, number: int, end: type[CancelOrder | CloseOrder], key: str | None, *, sure: bool) -> None:
        if sure:  # half as often: an ended order has little left to go wrong
            self.do(end(order_id=self.order(number).order_id), key)

    @precondition(Shop.has_orders)
    @rule(number=st.integers(0, 2))
    def act_on_a_stale_version(self, number: int) -> None:
        order = self.order(number)
        stale = order.version - 1
        update = OrderUpdate(note="late")
        answer = self.do(UpdateOrder(order_id=order.order_id, update=update, expected_version=stale), None)
        assert isinstance(answer, Refused)
        assert answer.code == "version_conflict"
        assert answer.details["currentVersion"] == order.version
        assert self.books is not None
        since = [kind for version, _, kind, _ in self.books.facts[order.order_id] if version > stale]
        assert [change["type"] for change in answer.details["changedSince"]] == since[:20]
