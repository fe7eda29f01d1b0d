"""What a customer is found by: words by their beginnings, and e-mails, postcodes and references as a whole."""

import re
import unicodedata
from collections.abc import Iterator

from flint_domain.customers.model import Customer
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import folded
from flint_domain.kernel.words import NATIONAL, as_one_word, stored

FEWEST_DIGITS = 3  # of what may be a part of a phone number

_PHONE_LIKE = re.compile(r"[\d\s()+./\-]+\Z")
_BLANKS_AND_DASHES = re.compile(r"[\s\-\u2010-\u2015\u2212]")
_DIGITS = re.compile(r"\d+")


def email_key(email: str) -> str:
    """An e-mail as it is compared: without regard to case and width."""
    return email.lower() if email.isascii() else _caseless(email)


def postcode_key(postal_code: str) -> str:
    """A postcode as it is compared: without regard to case, width, blanks and dashes."""
    code = postal_code if postal_code.isascii() else _caseless(postal_code)
    return _BLANKS_AND_DASHES.sub("", code).upper()


def _caseless(text: str) -> str:
    """Compatibility caseless matching (Unicode 3.13, D146): wide, narrow and joined letters are the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def phone_digits(text: str) -> str | None:
    """The digits of what may be a phone number or a part of one, and of nothing else."""
    digits = "".join(_DIGITS.findall(text))
    return digits if _PHONE_LIKE.match(text) and len(digits) >= FEWEST_DIGITS else None


def phone_words(phone: str) -> Iterator[str]:
    """A phone number as people look for it: all its digits, the digits from each group on, and the national ones."""
    groups: list[str] = _DIGITS.findall(phone)
    digits = "".join(groups)
    for first in range(len(groups)):
        yield "".join(groups[first:])
    if len(digits) > NATIONAL:
        yield digits[-NATIONAL:]


def words_of(customer: Customer) -> str:
    """Every word that search finds the customer by; none of one that is gone."""
    if is_gone(customer):
        return ""
    return stored(
        (as_one_word(customer.customer_id), *_named(customer), *customer.metadata.values()),
        codes=(*references_of(customer), *(address.postal_code for address in customer.addresses)),
    )


def words_on_orders(customer: Customer) -> str:
    """Those of these words that the customer's orders are found by as well: name, e-mails, phones, references."""
    return "" if is_gone(customer) else stored(_named(customer), codes=references_of(customer))


def _named(customer: Customer) -> Iterator[str | None]:
    yield customer.name
    yield from customer.emails
    for phone in customer.phones:
        yield from phone_words(phone)


def references_of(customer: Customer) -> tuple[str, ...]:
    """The merchant's own ids of the customer: its reference, and those of the customers merged into it."""
    taken_over = (former for former in customer.merged_ids if not is_id(former, "cus"))
    return (*((customer.reference,) if customer.reference else ()), *taken_over)


def spelling(customer: Customer, reference: str) -> str:
    """How the customer spells a reference of its own that may differ in case."""
    own = references_of(customer)
    return next((each for each in own if each == reference), None) or next(
        each for each in own if folded(each) == folded(reference)
    )


def customer_key(customer_id: str) -> str:
    """What an order names its customer by, as it is compared: Flint's id as it is, a reference without case."""
    return customer_id if is_id(customer_id, "cus") else folded(customer_id)


def ids_of(customer: Customer) -> tuple[str, ...]:
    """Every id and reference that an order may name the customer by, its own first."""
    named = (customer.customer_id, *((customer.reference,) if customer.reference else ()), *customer.merged_ids)
    return tuple(dict.fromkeys(named))


def is_gone(customer: Customer) -> bool:
    """Whether nothing but the id is left: merged into another customer, or erased."""
    return customer.merged_into is not None or customer.erased_at is not None
