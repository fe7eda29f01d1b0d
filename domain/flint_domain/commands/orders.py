"""Create, update, cancel and close an order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flint_domain.commands.shown import OrderRef, ShowsOrder, buyer_of, order_shown
from flint_domain.coupons.rules import used_up
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.look_alikes import LOOK_ALIKE_WINDOW
from flint_domain.kernel.references import named
from flint_domain.kernel.telling import Told
from flint_domain.order import endings, rules
from flint_domain.order.changes import FieldChange, changes_between, changes_shown, dropped_by_swaps
from flint_domain.order.inputs import Amount, ChargeInput, LineChange, LineInput, OrderUpdate, currency_of_new_order
from flint_domain.order.model import Order
from flint_domain.order.views import View
from flint_domain.order.warnings import never_sent
from flint_domain.procedures.ordering import inputs_of, taxes_after, with_customer
from flint_domain.reactions.catalog.line_lookup import sold
from flint_domain.reactions.catalog.lookup import find, written_otherwise
from flint_domain.reactions.customers import counted_for, customer_of, nobody
from flint_domain.reactions.order_references import require_free
from flint_domain.reactions.taxes import taxes_for
from flint_domain.saving import create
from flint_domain.settling import save
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work


def passed_by(work: Work, lines: Iterable[LineInput | LineChange]) -> Iterator[str]:
    """Warnings of lines with a name and a price of their own whose itemId the catalog writes in another way: they take
    nothing out of stock."""
    given = (line.item_id for line in lines if line.item_id and line.name and line.unit_price)
    return unsold(work, (reference for reference in dict.fromkeys(given) if not find(work.tx, reference)))


def unsold(work: Work, references: Iterable[str]) -> Iterator[str]:
    """The same warnings of references that the catalog is known not to have."""
    for reference in dict.fromkeys(references):
        near = written_otherwise(work.tx, reference)
        if near is not None:
            yield f"itemId {named(reference)} is not in the catalog, which has {named(near)}: no stock was taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrder(ShowsOrder):
    """A new order, with the merchant's default tax rate on every line that names no other.

    reference is the merchant's own number of it, which no other order has.
    """

    name: ClassVar[str] = "create_order"
    lines: Told[tuple[LineInput, ...]]
    reference: Told[str | None] = None
    customer_id: Told[str | None] = None
    shipping_address: Address | None = None
    charges: Told[tuple[ChargeInput, ...]] = ()
    tip: Told[Amount | None] = None
    note: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    view: View = "summary"

    def change(self, work: Work) -> OrderRef:
        if self.reference is not None:
            require_free(work.tx, self.reference)
        customer = customer_of(work.tx, self.customer_id)
        address = self.shipping_address
        if address is None and customer is not None and customer.addresses:
            address = customer.addresses[0]
        taxes = taxes_for(work.tx, address, customer)
        inputs = inputs_of(work, self._currency(work))
        order = Order(
            order_id=work.new_id("ord"),
            merchant_id=work.tx.merchant_id,
            version=1,
            currency=inputs.currency,
            reference=self.reference,
            customer_id=self.customer_id if customer is None else customer.customer_id,
            shipping_address=address,
            lines=tuple(map(inputs.line, self.lines)),
            charges=tuple(map(inputs.charge, self.charges)),
            tip=0 if self.tip is None else inputs.amount(self.tip, "tipMoney"),
            default_taxes=taxes.default,
            category_taxes=taxes.by_category,
            tax_exempt=taxes.exempt,
            note=self.note,
            metadata=self.metadata,
            created_at=work.tx.now,
            updated_at=work.tx.now,
        )
        fingerprint = work.said(self).fingerprint
        passed = (made.item_id for made in order.lines if made.item_id and made.variant_id is None)
        warnings = (*nobody(self.customer_id, customer), *unsold(work, passed))
        if work.idempotency_key is None:
            twin = work.tx.look_alike_order(fingerprint, work.tx.now - LOOK_ALIKE_WINDOW)
            if twin is not None:
                warnings = (
                    *warnings,
                    f"an equal order, {twin}, was created minutes ago; cancel one if this was a retry",
                )
        change, priced = rules.create(work.taxed(order))
        create(work, change, fingerprint, priced=priced)
        return OrderRef(order_id=order.order_id, customer_id=buyer_of(order), view=self.view, warnings=warnings)

    def _currency(self, work: Work) -> str:
        prices = [line.unit_price for line in self.lines if line.unit_price is not None]
        return currency_of_new_order(prices, work.tx.currency if prices else self._catalog_currency(work))

    def _catalog_currency(self, work: Work) -> str:
        """The currency that the first line's item is priced in, where no line names a price."""
        references = (line.item_id for line in self.lines if line.item_id is not None)
        found = next((found for name in references if (found := sold(work.tx, name)) is not None), None)
        return work.tx.currency if found is None else found.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRef(OrderRef):
    """changed is what the update changed of its order, and None once the buyer was erased."""

    changed: tuple[FieldChange, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOrder:
    """All operations of one update, or none."""

    name: ClassVar[str] = "update_order"
    ref: ClassVar[type[Ref]] = UpdateRef
    order_id: Told[str]
    update: Told[OrderUpdate]
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> UpdateRef:
        before = work.load(self.order_id, self.expected_version)
        order = before.order
        update = with_customer(work, self.update)
        taxes = taxes_after(work, order, update)
        inputs = inputs_of(work, order.currency)
        after = rules.update(before, update, inputs, taxes)
        if after.order.customer_id != counted_for(work.tx, order):
            self._move_coupons(work, order, after.order)
        save(work, after)
        customer_id = self.update.customer_id
        nobodys = nobody(customer_id, customer_of(work.tx, customer_id or None))
        passed = passed_by(work, (*update.add, *update.change))
        warnings = (*nobodys, *passed, *dropped_by_swaps(order, after.order))
        changed = changes_between(order, after.order)
        return UpdateRef(
            order_id=self.order_id,
            customer_id=buyer_of(after.order),
            view=self.view,
            warnings=warnings,
            changed=changed,
        )

    @staticmethod
    def show(tx: ReadTransaction, ref: UpdateRef, caller: Caller) -> dict[str, Any]:
        """The order, with what has changed next to its summary."""
        order = order_shown(tx, ref, caller)
        if ref.changed is None:
            return order
        return {"summary": order["summary"], "changes": changes_shown(ref.changed), **order}

    def _move_coupons(self, work: Work, before: Order, after: Order) -> None:
        """Count the coupons that are limited per customer for the new customer instead of the former."""
        for coupon in before.coupons:
            if coupon.max_uses_per_customer is None:
                continue
            if after.customer_id is None:
                raise Refused(
                    "coupon_needs_customer",
                    f"{coupon.code} is limited per customer, so the order needs one.",
                    hint="remove the coupon first",
                    param="customerId",
                    order_id=before.order_id,
                )
            work.tx.release_coupon(coupon.coupon_id, before.order_id)
            limit = work.tx.redeem_coupon(coupon.coupon_id, before.order_id, after.customer_id)
            if limit is not None:
                used_up(after, coupon.code, limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder(ShowsOrder):
    """End an order and give all of its money back."""

    name: ClassVar[str] = "cancel_order"
    order_id: Told[str]
    cancel_reason: str | None = None
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> OrderRef:
        before = work.load(self.order_id, self.expected_version)
        save(work, endings.cancel(before, work.moment, self.cancel_reason))
        return OrderRef(order_id=self.order_id, customer_id=buyer_of(before.order), view=self.view)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseOrder(ShowsOrder):
    """End a paid order; refunds stay possible."""

    name: ClassVar[str] = "close_order"
    order_id: Told[str]
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> OrderRef:
        before = work.load(self.order_id, self.expected_version)
        save(work, endings.close(before))
        warnings = tuple(never_sent(before))
        customer_id = buyer_of(before.order)
        return OrderRef(order_id=self.order_id, customer_id=customer_id, view=self.view, warnings=warnings)
