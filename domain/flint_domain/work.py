"""One command's unit of work: it loads, saves, and writes down the money to move."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from flint_domain.amendments.settling import advance as advance_amendment
from flint_domain.catalog.holding import hold
from flint_domain.credit import tendering
from flint_domain.credit.model import LEDGER
from flint_domain.customers import methods
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.ids import IdPrefix
from flint_domain.kernel.money import format_money
from flint_domain.orders.columns import columns_of
from flint_domain.orders.endings import advance_cancel
from flint_domain.orders.lifecycle import Standing, standing
from flint_domain.orders.model import Change, Order
from flint_domain.orders.rules import check_total
from flint_domain.payments import settling as payments
from flint_domain.payments.model import (
    UNSETTLED,
    Decline,
    Dispute,
    Outcome,
    Transfer,
    TransferKind,
    TransferState,
)
from flint_domain.payments.rules import NOT_ASKED, is_lost, payment_of, with_payment
from flint_domain.payments.sources import addressed
from flint_domain.ports import ReadTransaction, Transaction
from flint_domain.refunds import settling as refunds
from flint_domain.tax import reporting
from flint_domain.tax.quoting import Quotes
from flint_domain.tax.service import ServiceTaxes

LEASE = timedelta(seconds=150)  # past the longest perform: three tries of 30 s with their pauses, cut off at 120 s

PROCESSOR = "processor"  # the actor of what a processor's answer changes


def load(tx: ReadTransaction, order_id: str) -> Standing:
    """The order and where it stands.

    Raises Refused("not_found") for an id that this merchant does not have.
    """
    order = tx.order(order_id)
    if order is None:
        raise not_found("order", order_id, "orderId", "search_orders finds orders by words, customer or status")
    return standing(order)


def not_found(what: str, reference: str, param: str, hint: str) -> Refused:
    """The refusal for an id or code that this merchant does not have."""
    return Refused("not_found", f"There is no {what} {reference}.", hint=hint, param=param)


@dataclass(slots=True)
class Work:
    """What a command changes through. Everything goes into one transaction of the store.

    planned are the transfers written down so far that the processor has to be asked for, settled_here those of Flint's
    own books; receipt_key is the caller's idempotency key, which they carry; processor names whose books the planned
    ones' money is in. quotes are those of the tax service that taxes new orders, if there is one. ended_keys are those
    of commands whose transfers were ended here. rehearsing says that nothing will be kept or asked for: a dry run.
    """

    tx: Transaction
    actor: str
    receipt_key: str | None = None
    processor: str = "simulated"
    quotes: Quotes | None = None
    rehearsing: bool = False
    planned: list[Transfer] = field(default_factory=list[Transfer])
    settled_here: list[Transfer] = field(default_factory=list[Transfer])
    new_ids: list[str] = field(default_factory=list[str])
    ended_keys: set[str] = field(default_factory=set[str])

    @property
    def moment(self) -> Moment:
        return Moment(self.tx.now, self.new_id)

    def new_id(self, prefix: IdPrefix) -> str:
        """A new identifier; a dry run shows those it made as null."""
        made = self.tx.new_id(prefix)
        self.new_ids.append(made)
        return made

    def load(self, order_id: str, expected_version: int | None = None) -> Standing:
        """The order, judged against the version the caller has seen.

        Raises Refused("version_conflict") telling what changed since.
        """
        found = self._load(order_id)
        version = found.order.version
        if expected_version is not None and expected_version != version:
            changes = self.tx.activities_since(order_id, expected_version)
            raise Refused(
                "version_conflict",
                f"{order_id} is at version {version}, not {expected_version}.",
                hint="read what changed, then send the call again with the current version or without expectedVersion",
                param="expectedVersion",
                order_id=order_id,
                details={
                    "currentVersion": version,
                    "changedSince": [
                        {"version": change.version, "type": change.type, "summary": change.summary}
                        for change in changes[:20]
                    ],
                },
            )
        return found

    def _load(self, order_id: str) -> Standing:
        """The order with the quotes that its new price may need."""
        found = load(self.tx, order_id)
        taxes = found.order.service_taxes
        if taxes is None or self.quotes is None:
            return found
        return replace(found, order=replace(found.order, service_taxes=self.quotes.beside(taxes)))

    def taxed(self, order: Order) -> Order:
        """A new order, taxed by the tax service from now on if there is one."""
        if self.quotes is None:
            return order
        return replace(order, service_taxes=self.quotes.beside(ServiceTaxes(service=self.quotes.service)))

    def create(self, change: Change, fingerprint: str, found: Standing | None = None) -> Order:
        """Store a new order with its first facts; found is where it stands, if its rule has worked that out and checked
        it, as an import does for thousands."""
        found = found or self._checked(change.order)
        self.tx.add_order(found.order, columns_of(found), change.facts, self.actor, fingerprint)
        return found.order

    def save(self, change: Change, *, actor: str | None = None) -> Order:
        """Store what a rule made of an order, one version up, and write its transfers down."""
        found = self._checked(replace(change.order, version=change.order.version + 1, updated_at=self.tx.now))
        order, report = reporting.next_report(found, self.moment) or (found.order, None)
        found = replace(found, order=order)
        self.tx.save_order(order, columns_of(found), change.facts, actor or self.actor)
        if order.ended == "canceled" and any(fact.type == "ORDER_CANCELED" for fact in change.facts):
            for coupon in order.coupons:
                self.tx.release_coupon(coupon.coupon_id, order.order_id)
        if report is not None:
            self.tx.add_transfer(report)
        if not change.transfers:
            return order
        here = [self._write_down(transfer) for transfer in change.transfers if transfer.account is not None]
        self.planned += [self._write_down(transfer) for transfer in change.transfers if transfer.account is None]
        for transfer in here:
            self.settled_here.append(transfer)
            self.settle(transfer.transfer_id, tendering.perform(self, transfer))
        if here:
            self._answer_lost_tenders(order.order_id)
        return load(self.tx, order.order_id).order if here else order

    def _write_down(self, transfer: Transfer) -> Transfer:
        """Store a transfer before anybody is asked for it."""
        held = replace(
            addressed(self.tx, transfer),
            receipt_key=self.receipt_key,
            processor=self.processor if transfer.account is None else LEDGER,
            leased_until=self.tx.now + LEASE,
        )
        self.tx.add_transfer(held)
        return held

    def _answer_lost_tenders(self, order_id: str) -> None:
        """Answer for the cards of a group of tenders that a gift card or store credit has declined already: nobody asks
        them to set money aside that would be given back at once."""
        while True:
            order = load(self.tx, order_id).order
            lost = next((planned for planned in self.planned if is_lost(order, planned)), None)
            if lost is None:
                return
            self.planned.remove(lost)
            self.settle(lost.transfer_id, Outcome(state=TransferState.DECLINED, decline=NOT_ASKED))

    def ask_for(self, transfer: Transfer) -> None:
        """Write down a transfer that belongs to no order: a payment method to attach or to detach."""
        self.planned.append(self._write_down(transfer))

    def settle(self, transfer_id: str, outcome: Outcome) -> Transfer | None:
        """Put an outcome on a transfer and its order, by compare-and-set: None when it changes nothing.

        The call, the recovery and the processor's own notices all settle here, as often as they like.
        """
        transfer = self.tx.transfer(transfer_id)
        if transfer is not None and outcome.dispute is not None:
            self.note_dispute(transfer.payment_id, outcome.dispute)
        if transfer is None or not moves(transfer, outcome.state):
            return None
        settled = replace(
            transfer,
            state=outcome.state,
            reference=_reference(transfer, outcome),
            decline=outcome.decline,
            action_url=outcome.action_url,
            leased_until=self.tx.now if outcome.state is TransferState.UNKNOWN else transfer.leased_until,
            updated_at=self.tx.now,
        )
        if not self.tx.save_transfer(settled, was=transfer.state):
            return None
        self.receipt_key = transfer.receipt_key
        if transfer.receipt_key is not None:
            self.ended_keys.add(transfer.receipt_key)
        if transfer.order_id is None:
            methods.settle(self, transfer, outcome)
            return settled
        order = self._load(transfer.order_id).order
        if transfer.kind is TransferKind.REFUND:
            change = refunds.settle(order, transfer, outcome)
        elif transfer.kind in reporting.REPORTS:
            change = reporting.settle(order, transfer, outcome)
        else:
            change = payments.settle(order, transfer, outcome, self.moment)
        if transfer_id in change.order.in_doubt:
            in_doubt = tuple(doubtful for doubtful in change.order.in_doubt if doubtful != transfer_id)
            change = replace(change, order=replace(change.order, in_doubt=in_doubt))
        change = advance_cancel(change, transfer, outcome.state)
        change = advance_amendment(change, transfer_id, transfer.kind, outcome.state, self.moment)
        for called_off in change.called_off:
            change = advance_amendment(change, called_off, TransferKind.CHARGE, TransferState.DECLINED, self.moment)
        self.save(change, actor=self.actor if transfer.account is not None else PROCESSOR)
        for called_off in change.called_off:
            self._call_off(called_off)
        return settled

    def note_dispute(self, payment_id: str, dispute: Dispute) -> bool:
        """Put a dispute as it stands on its payment; False when no order has that payment."""
        order = self.tx.order_of_payment(payment_id)
        if order is None:
            return False
        payment = payment_of(order, payment_id)
        if payment.dispute != dispute:
            amount = format_money(dispute.amount, order.currency)
            fact = Fact(
                "PAYMENT_DISPUTED" if payment.dispute is None else "DISPUTE_UPDATED",
                f"Dispute of {amount}: {dispute.status.replace('_', ' ')}.",
                {"paymentIntentId": payment_id, "disputeId": dispute.dispute_id, "status": dispute.status},
            )
            order = with_payment(order, replace(payment, dispute=dispute))
            self.save(Change(order, (fact,)), actor=PROCESSOR)
        return True

    def leave_to_a_person(self, transfer_id: str) -> None:
        """Note on the order, or on the payment method, that nobody can tell what became of a transfer. Its amount stays
        reserved."""
        transfer = self.tx.transfer(transfer_id)
        if transfer is None or transfer.state not in UNSETTLED:
            return
        order = None if transfer.order_id is None else self.tx.order(transfer.order_id)
        if order is None:
            methods.leave(self, transfer)
            return
        if transfer_id in order.in_doubt:
            return
        amount = format_money(transfer.amount, transfer.currency)
        fact = Fact(
            "TRANSFER_IN_DOUBT",
            f"What became of a {transfer.kind} of {amount} cannot be found out: a person has to look at the processor.",
            {"transferId": transfer_id, "amount": transfer.amount, "currency": transfer.currency},
        )
        self.save(Change(replace(order, in_doubt=(*order.in_doubt, transfer_id)), (fact,)))

    def _call_off(self, transfer_id: str) -> None:
        transfer = self.tx.transfer(transfer_id)
        if transfer is not None and transfer.state in UNSETTLED:
            decline = Decline(code="canceled", message="the payment was voided before the buyer approved it")
            ended = replace(transfer, state=TransferState.DECLINED, decline=decline, updated_at=self.tx.now)
            self.tx.save_transfer(ended, was=transfer.state)
            if transfer.receipt_key is not None:
                self.ended_keys.add(transfer.receipt_key)

    def _checked(self, order: Order) -> Standing:
        """The order as it will be stored, with its stock held."""
        result = reporting.settled_quotes(standing(order))
        check_total(result)
        held = hold(self, result)
        return result if held is result.order else replace(result, order=held)


def _reference(transfer: Transfer, outcome: Outcome) -> str | None:
    """The processor's id of what a transfer made. A refund that was refused was never made: what comes with the refusal
    is its payment's, and the next refused refund of that payment would have the same."""
    if transfer.kind is TransferKind.REFUND and outcome.state is TransferState.DECLINED:
        return transfer.reference
    return outcome.reference or transfer.reference


def moves(transfer: Transfer, state: TransferState) -> bool:
    """Whether an outcome tells something new about a transfer.

    A settled transfer stays settled, but for a refund that fails after it succeeded (Stripe's refund.failed); and
    not knowing never replaces what is known.
    """
    if transfer.state in UNSETTLED:
        known = transfer.state in (TransferState.PENDING, TransferState.REQUIRES_ACTION)
        return state is not transfer.state and not (known and state is TransferState.UNKNOWN)
    late_failure = transfer.state is TransferState.SUCCEEDED and state is TransferState.DECLINED
    return late_failure and transfer.kind is TransferKind.REFUND
