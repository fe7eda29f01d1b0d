"""How a merchant's settings change: each is checked by itself, and all of them are set, or none."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from flint_domain.invoices.missing import Missing, missing
from flint_domain.invoices.model import Party, PostalAddress
from flint_domain.invoices.numbers import check_prefix
from flint_domain.kernel.periods import checked_zone
from flint_domain.merchants import checks
from flint_domain.merchants.model import BankAccount, MerchantSettings, WantedSettings

T = TypeVar("T")
Check = Callable[[str, str], str]

_CHECKS: Mapping[str, Check] = {
    "vat_id": checks.vat_id,
    "tax_number": checks.identifier,
    "exemption_note": checks.note,
    "vat_currency": checks.currency,
    "email": checks.email,
    "phone": checks.contact,
    "sender_address": checks.email,
}


def changed(before: MerchantSettings, wanted: WantedSettings) -> MerchantSettings:
    """The settings with what is wanted. Raises Refused, naming the setting that cannot be so."""
    address = before.address
    for field in ("line1", "line2", "postal_code", "city", "region"):
        address = replace(
            address, **{field: _text(getattr(wanted, field), getattr(address, field), field, checks.text)}
        )
    address = replace(address, country=_text(wanted.country, address.country, "country", checks.country))
    named = {
        field: _text(getattr(wanted, field), getattr(before, field), field, _CHECKS.get(field, checks.text))
        for field in ("name", "register", "contact", *_CHECKS)
    }
    billing = before.billing
    return replace(
        before,
        **named,
        address=_address(before.address, wanted),
        bank_account=_bank_account(before.bank_account, wanted),
        currency=_kept(wanted.currency, before.currency, "currency", checks.currency),
        time_zone=before.time_zone if wanted.time_zone is None else checked_zone(wanted.time_zone),
        locale=_kept(wanted.locale, before.locale, "locale", checks.locale),
        billing=replace(
            billing,
            billing_time=billing.billing_time if wanted.billing_time is None else wanted.billing_time,
            retry_days=_kept(wanted.retry_days, billing.retry_days, "retry_days", checks.retry_days),
            at_the_end=wanted.at_the_end or billing.at_the_end,
            while_past_due=wanted.while_past_due or billing.while_past_due,
        ),
        invoices=wanted.invoices or before.invoices,
        invoice_prefix=_kept(wanted.invoice_prefix, before.invoice_prefix, "invoice_prefix", check_prefix),
        credit_note_prefix=_kept(
            wanted.credit_note_prefix, before.credit_note_prefix, "credit_note_prefix", check_prefix
        ),
        net_days=_kept(wanted.net_days, before.net_days, "net_days", checks.net_days),
        outside=before.outside if wanted.outside is None else wanted.outside,
        return_hosts=_kept(wanted.return_hosts, before.return_hosts, "return_hosts", checks.hosts),
        logo=before.logo if wanted.logo is None else checks.logo(wanted.logo, "logo") if wanted.logo else None,
    )


def missing_for_invoices(settings: MerchantSettings) -> tuple[Missing, ...]:
    """What the merchant has to say of itself before it can issue an invoice."""
    return missing(settings.seller, Party())


def _param(field: str) -> str:
    """The setting as callers know it: vat_id is vatId."""
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)


def _kept(wanted: T | None, before: T, field: str, check: Callable[[T, str], T]) -> T:
    """A setting that there always is."""
    return before if wanted is None else check(wanted, _param(field))


def _text(wanted: str | None, before: str | None, field: str, check: Check) -> str | None:
    """A setting that may be missing: an empty text takes it away."""
    if wanted is None:
        return before
    return check(wanted, _param(field)) if wanted.strip() else None


def _address(before: PostalAddress, wanted: WantedSettings) -> PostalAddress:
    return PostalAddress(
        country=_text(wanted.country, before.country, "country", checks.country),
        line1=_text(wanted.line1, before.line1, "line1", checks.text),
        line2=_text(wanted.line2, before.line2, "line2", checks.text),
        postal_code=_text(wanted.postal_code, before.postal_code, "postal_code", checks.contact),
        city=_text(wanted.city, before.city, "city", checks.text),
        region=_text(wanted.region, before.region, "region", checks.text),
    )


def _bank_account(before: BankAccount | None, wanted: WantedSettings) -> BankAccount | None:
    """The account. What else is said of one needs an IBAN; without its IBAN it is gone."""
    iban = _text(wanted.iban, before.iban if before else None, "iban", checks.iban)
    if iban is None:
        for field in ("bic", "bank", "account_holder"):
            if getattr(wanted, field):
                param = _param(field)
                raise checks.refused(param, f"{param} belongs to an account, and there is none.", "send its iban, too")
        return None
    known = before or BankAccount(iban=iban)
    return BankAccount(
        iban=iban,
        bic=_text(wanted.bic, known.bic, "bic", checks.bic),
        bank=_text(wanted.bank, known.bank, "bank", checks.text),
        holder=_text(wanted.account_holder, known.holder, "account_holder", checks.text),
    )
