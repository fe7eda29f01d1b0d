"""One command's unit of work: it loads, saves, and writes down what others are to be asked for."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from flint_domain.gift_cards.model import LEDGER
from flint_domain.kernel.callers import NOBODY, Caller, Claim, Setting
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import By, Moment
from flint_domain.kernel.ids import IdPrefix
from flint_domain.kernel.subjects import of_order
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Asked, Errand, Transfer
from flint_domain.order.tax.quoting import Quotes
from flint_domain.order.tax.service import ServiceTaxes
from flint_domain.unit_of_work.fingerprint import Named, Said, said
from flint_domain.unit_of_work.ports import ReadTransaction, Transaction

LEASE = timedelta(seconds=150)  # past the longest perform: three tries of 30 s with their pauses, cut off at 120 s

AnAsked = TypeVar("AnAsked", bound=Asked)

PROCESSOR = "processor"  # the actor of what a processor's answer changes


def load(tx: ReadTransaction, order_id: str, caller: Caller = NOBODY) -> Standing:
    """The order and where it stands, before this caller.

    Raises Refused("not_found") for an id that this merchant does not have.
    """
    found = tx.standings.get(order_id)
    if found is None:
        order = tx.order(order_id)
        if order is None:
            raise not_found("order", order_id, "orderId", "search_orders finds orders by words, customer or status")
        found = tx.standings[order_id] = standing(order)
    return replace(found, setting=Setting(caller, tx.now))


def not_found(what: str, reference: str, param: str, hint: str) -> Refused:
    """The refusal for an id or code that this merchant does not have."""
    return Refused("not_found", f"There is no {what} {reference}.", hint=hint, param=param)


@dataclass(slots=True)
class Work:
    """What a command changes through. Everything goes into one transaction of the store.

    planned are the transfers and errands written down so far that another party has to be asked for, settled_here the
    transfers of Flint's own books; idempotency_key is the command's, which they carry; processor names whose books the
    planned ones' money is in. quotes are those of the tax service that taxes new orders, if there is one. ended are the
    keys of commands whose transfers or errands were ended here. rehearsing says that nothing will be kept or asked for:
    a dry run.
    """

    tx: Transaction
    actor: str
    caller: Caller = NOBODY
    idempotency_key: Claim | None = None
    processor: str = "simulated"
    quotes: Quotes | None = None
    rehearsing: bool = False
    planned: list[Asked] = field(default_factory=list[Asked])
    settled_here: list[Transfer] = field(default_factory=list[Transfer])
    new_ids: list[str] = field(default_factory=list[str])
    ended: set[Claim] = field(default_factory=set[Claim])
    _said: tuple[Named, Said] | None = None

    @property
    def by(self) -> By:
        """Who does what this command does."""
        return By(self.actor, self.caller.principal)

    @property
    def moment(self) -> Moment:
        return Moment(self.tx.now, self.new_id)

    def said(self, command: Named) -> Said:
        """What the command says, which is worked out once."""
        if self._said is None or self._said[0] is not command:
            self._said = (command, said(command))
        return self._said[1]

    def new_id(self, prefix: IdPrefix) -> str:
        """A new identifier; a dry run shows those it made as null."""
        made = self.tx.new_id(prefix)
        self.new_ids.append(made)
        return made

    def load(self, order_id: str, expected_version: int | None = None) -> Standing:
        """The order, judged against the version the caller has seen.

        Raises Refused("version_conflict") telling what changed since.
        """
        found = self.current(order_id)
        version = found.order.version
        if expected_version is not None and expected_version != version:
            changes = self.tx.activities_since(of_order(order_id), expected_version)
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

    def current(self, order_id: str) -> Standing:
        """The order with the quotes that its new price may need."""
        found = load(self.tx, order_id, self.caller)
        taxes = found.order.service_taxes
        if taxes is None or self.quotes is None:
            return found
        return replace(found, order=replace(found.order, service_taxes=self.quotes.beside(taxes)))

    def taxed(self, order: Order) -> Order:
        """A new order, taxed by the tax service from now on if there is one."""
        if self.quotes is None:
            return order
        return replace(order, service_taxes=self.quotes.beside(ServiceTaxes(service=self.quotes.service)))

    def write_down(self, transfer: Transfer) -> Transfer:
        """Store a transfer before anybody is asked for it."""
        return self._held(transfer, self.processor if transfer.account is None else LEDGER)

    def ask_for(self, errand: Errand) -> None:
        """Write down an errand of the processor's: a payment method to attach or to detach."""
        self.planned.append(self._held(errand, self.processor))

    def _held(self, asked: AnAsked, party: str) -> AnAsked:
        """Stored, with its lease ours: who else finds it leaves it alone until that has run out."""
        claimed = asked if self.idempotency_key is None else asked.claimed(self.idempotency_key)
        held = replace(claimed, processor=party, leased_until=self.tx.now + LEASE)
        self.tx.add_asked(held)
        return held
