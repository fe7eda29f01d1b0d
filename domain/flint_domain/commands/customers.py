"""Save a customer: a new one, or what changes of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from flint_domain.commands.shown import CustomerRef, ShowsCustomer
from flint_domain.customers import rules
from flint_domain.customers.finding import email_key
from flint_domain.customers.model import Customer, Profile
from flint_domain.customers.ports import CustomerQuery
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.references import same
from flint_domain.kernel.telling import Told
from flint_domain.procedures.customers import save_profile
from flint_domain.queries.customer_views import SAME_EMAIL
from flint_domain.reactions.customers import customer_named, unerased
from flint_domain.unit_of_work.ports import OrderQuery
from flint_domain.unit_of_work.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCustomer(ShowsCustomer):
    """A new customer without customer_id, else what the profile changes of that one."""

    name: ClassVar[str] = "save_customer"
    customer_id: Told[str | None] = None
    profile: Profile
    expected_version: int | None = None

    def change(self, work: Work) -> CustomerRef:
        if self.profile == Profile():
            raise Refused(
                "invalid_argument",
                "Nothing was given to save.",
                hint="give a name, an e-mail or whatever else is known of the customer",
            )
        before = self._before(work)
        after = rules.saved(before, self.profile, work.tx.now)
        former = before.reference
        if former and not same(after.reference, former) and work.tx.orders(OrderQuery(customer_ids=(former,), limit=1)):
            after = rules.remembering(after, former)
        warnings = tuple(_look_alikes(work, before, after))
        if after != before or self.customer_id is None:
            save_profile(work, after, new=self.customer_id is None)
        if after.reference is not None and after.reference != before.reference:
            work.tx.move_coupon_uses(after.reference, after.customer_id)
        return CustomerRef(customer_id=after.customer_id, warnings=warnings)

    def _before(self, work: Work) -> Customer:
        if self.customer_id is None:
            return Customer(
                customer_id=work.new_id("cus"),
                merchant_id=work.tx.merchant_id,
                version=0,
                created_at=work.tx.now,
                updated_at=work.tx.now,
            )
        found = unerased(customer_named(work.tx, self.customer_id))
        if self.expected_version is not None and self.expected_version != found.version:
            raise Refused(
                "version_conflict",
                f"{found.customer_id} is at version {found.version}, not {self.expected_version}.",
                hint="read the customer with get_customer, then send the call again with the current version",
                param="expectedVersion",
                details={"currentVersion": found.version},
            )
        return found


def _look_alikes(work: Work, before: Customer, after: Customer) -> Iterator[str]:
    """Who else has an e-mail that this customer did not have before."""
    had = {email_key(email) for email in before.emails}
    others: dict[str, None] = {}
    for email in after.emails:
        if email_key(email) not in had:
            others.update((other.customer_id, None) for other in work.tx.customers(CustomerQuery(email=email, limit=2)))
    for other in others:
        if other != after.customer_id:
            yield f"{other} {SAME_EMAIL}"
