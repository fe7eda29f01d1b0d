"""What saving a customer changes, and what it may not."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from flint_domain.customers.finding import email_key, phone_digits
from flint_domain.customers.model import Customer, Profile
from flint_domain.customers.payment_methods import has_expired, method_of
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import named, same

MAX_EMAILS = 20  # more than a person has; keeps a body and a view small
MAX_PHONES = 20
MAX_ADDRESSES = 50
MAX_METADATA = 50  # keys, as at Stripe


def saved(before: Customer, given: Profile, now: datetime) -> Customer:
    """The customer with what was given.

    Raises Refused: "invalid_argument" for more of anything than a customer may have, or a reference that is spelled
    like an id of Flint's; "not_found" and "payment_method_unusable" for a default that cannot pay.
    """
    reference = _text(before.reference, given.reference)
    after = replace(
        before,
        name=_text(before.name, given.name),
        emails=before.emails if given.emails is None else distinct_emails(given.emails),
        phones=before.phones if given.phones is None else distinct_phones(given.phones),
        addresses=before.addresses if given.addresses is None else tuple(dict.fromkeys(given.addresses)),
        reference=reference,
        merged_ids=tuple(name for name in before.merged_ids if not same(reference, name)),
        note=_text(before.note, given.note),
        metadata=_metadata(before.metadata, given.metadata or {}),
        tax_exempt=before.tax_exempt if given.tax_exempt is None else given.tax_exempt,
        tax_id=_text(before.tax_id, given.tax_id),
        default_method=_text(before.default_method, given.default_method),
    )
    _check_counts(before, after)
    _check_reference(after.reference)
    if given.default_method:
        _check_default(after, given.default_method, now)
    return after


def remembering(customer: Customer, former: str) -> Customer:
    """The customer with a reference that it had and that orders were made under: it stays its own, so that nobody
    who takes that reference gets those orders."""
    return replace(customer, merged_ids=tuple(dict.fromkeys((*customer.merged_ids, former))))


def distinct_emails(emails: Iterable[str]) -> tuple[str, ...]:
    """Each address once, the first spelling of it."""
    return _distinct(emails, email_key)


def distinct_phones(phones: Iterable[str]) -> tuple[str, ...]:
    """Each number once, however it is grouped."""
    return _distinct(phones, lambda phone: phone_digits(phone) or phone)


def _distinct(values: Iterable[str], key: Callable[[str], str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(key(value), value)
    return tuple(first.values())


def _text(before: str | None, given: str | None) -> str | None:
    return before if given is None else given or None


def _metadata(before: dict[str, str], given: dict[str, str | None]) -> dict[str, str]:
    merged = {**before, **given}
    return {key: value for key, value in merged.items() if value}


def _check_counts(before: Customer, after: Customer) -> None:
    """Only what grows is judged: two customers in one may have more than a caller could give."""
    for had, has, most, what, param in (
        (len(before.emails), len(after.emails), MAX_EMAILS, "e-mail addresses", "emails"),
        (len(before.phones), len(after.phones), MAX_PHONES, "phone numbers", "phones"),
        (len(before.addresses), len(after.addresses), MAX_ADDRESSES, "addresses", "addresses"),
        (len(before.metadata), len(after.metadata), MAX_METADATA, "metadata keys", "metadata"),
    ):
        if had < has > most:
            raise Refused(
                "invalid_argument",
                f"A customer has at most {most} {what}; this one would have {has}.",
                hint="leave out those that are not used any more",
                param=param,
            )


def _check_reference(reference: str | None) -> None:
    if reference is not None and is_id(reference, "cus"):
        raise Refused(
            "invalid_argument",
            f"The reference {named(reference)} is spelled like an id of Flint's.",
            hint="reference is your own id of the customer; to change a customer of Flint's, send customerId",
            param="reference",
        )


def _check_default(customer: Customer, method_id: str, now: datetime) -> None:
    method, param = method_of(customer, method_id), "defaultPaymentMethodId"
    if method is None:
        raise Refused(
            "not_found",
            f"{customer.customer_id} has no payment method {method_id}.",
            hint="get_customer lists the customer's payment methods; add_payment_method saves another one",
            param=param,
        )
    if method.state != "active" or has_expired(method, now):
        why = "has expired" if method.state == "active" else f"is {method.state}, not active"
        raise Refused(
            "payment_method_unusable",
            f"{method_id} {why}.",
            hint="name an active payment method that has not expired",
            param=param,
        )
