"""Two records of one person made one: the survivor gets everything, the other one only points at it."""

from dataclasses import dataclass, replace
from typing import ClassVar

from flint_domain.commands.shown import CustomerRef, ShowsCustomer
from flint_domain.customers.model import Customer
from flint_domain.customers.rules import distinct_emails, distinct_phones
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.telling import Told
from flint_domain.procedures.customers import save_profile
from flint_domain.reactions.customers import customer_named, unerased
from flint_domain.reactions.gift_cards import merging as credit
from flint_domain.unit_of_work.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCustomers(ShowsCustomer):
    """Make two customers one. Orders keep the id that they name, and are the survivor's all the same."""

    name: ClassVar[str] = "merge_customers"
    customer_id: Told[str]
    into_customer_id: Told[str]

    def change(self, work: Work) -> CustomerRef:
        if self.customer_id == self.into_customer_id:
            raise Refused(
                "invalid_argument",
                f"{self.customer_id} cannot be merged into itself.",
                hint="name the customer to keep as intoCustomerId, and the other one as customerId",
                param="intoCustomerId",
            )
        survivor = unerased(customer_named(work.tx, self.into_customer_id, "intoCustomerId"), "intoCustomerId")
        _require_unmerged(survivor, self.into_customer_id, "intoCustomerId")
        loser = unerased(customer_named(work.tx, self.customer_id))
        if loser != survivor:  # or they are one already, and nothing is left to do
            _require_unmerged(loser, self.customer_id, "customerId")
            merge(work, loser, survivor)
        return CustomerRef(customer_id=survivor.customer_id)


def _require_unmerged(found: Customer, named: str, param: str) -> None:
    if found.customer_id != named:
        raise Refused(
            "customer_merged",
            f"{named} was merged into {found.customer_id}.",
            hint=f"use {found.customer_id} instead",
            param=param,
        )


def merge(work: Work, loser: Customer, survivor: Customer) -> None:
    """Move everything of one customer to the other: profile, methods, uses of coupons, store credit."""
    # The reference has to be free before the survivor can take it.
    save_profile(work, _emptied(loser, survivor.customer_id))
    save_profile(work, united(survivor, loser))
    work.tx.move_coupon_uses(loser.customer_id, survivor.customer_id)
    credit.merge(work, loser.customer_id, survivor.customer_id)


def united(survivor: Customer, loser: Customer) -> Customer:
    """The survivor with what the other one had. Where both have one value, the survivor's stays."""
    former = loser.reference if survivor.reference else None
    return replace(
        survivor,
        reference=survivor.reference or loser.reference,
        name=survivor.name or loser.name,
        emails=distinct_emails((*survivor.emails, *loser.emails)),
        phones=distinct_phones((*survivor.phones, *loser.phones)),
        addresses=tuple(dict.fromkeys((*survivor.addresses, *loser.addresses))),
        note=survivor.note or loser.note,
        metadata={**loser.metadata, **survivor.metadata},
        tax_id=survivor.tax_id or loser.tax_id,
        methods=(*survivor.methods, *loser.methods),
        default_method=survivor.default_method or loser.default_method,
        merged_ids=(
            *survivor.merged_ids,
            loser.customer_id,
            *((former,) if former else ()),
            *loser.merged_ids,
        ),
    )


def _emptied(loser: Customer, survivor_id: str) -> Customer:
    return Customer(
        customer_id=loser.customer_id,
        merchant_id=loser.merchant_id,
        version=loser.version,
        merged_into=survivor_id,
        created_at=loser.created_at,
        updated_at=loser.updated_at,
    )
