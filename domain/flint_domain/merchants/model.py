"""A merchant's settings, as frozen values."""

from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from flint_domain.billing.dunning import AtTheEnd, BillingTerms, WhilePastDue
from flint_domain.invoices.model import Means, Party, PostalAddress
from flint_domain.invoices.numbers import PREFIXES

Invoicing = Literal["all", "on_request"]
"""Whether every paid order is invoiced, or those only that somebody asks an invoice of."""

LogoKind = Literal["png", "jpeg"]


@dataclass(frozen=True, slots=True)
class Logo:
    """The picture on invoices and pages."""

    kind: LogoKind
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where a transfer goes. holder is named where it is not the merchant's own name."""

    iban: str
    bic: str | None = None
    bank: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantSettings:
    """Everything that a merchant decides once.

    exemption_note is the sentence for what has no tax at home, such as a small business's. vat_currency is the currency
    of the tax returns where invoices are in another one. outside says that money may be taken outside Flint.
    return_hosts are where a buyer may be sent back to from a page; sender_address is whom mails come from.
    """

    currency: str = "USD"
    name: str | None = None
    address: PostalAddress = field(default_factory=PostalAddress)
    vat_id: str | None = None
    tax_number: str | None = None
    register: str | None = None
    contact: str | None = None
    email: str | None = None
    phone: str | None = None
    bank_account: BankAccount | None = None
    exemption_note: str | None = None
    vat_currency: str | None = None
    time_zone: str = "UTC"
    locale: str = "en"
    billing: BillingTerms = field(default_factory=BillingTerms)
    invoices: Invoicing = "all"
    invoice_prefix: str = PREFIXES["invoice"]
    credit_note_prefix: str = PREFIXES["credit_note"]
    net_days: int = 14
    outside: bool = False
    return_hosts: tuple[str, ...] = ()
    sender_address: str | None = None
    logo: Logo | None = None

    @property
    def seller(self) -> Party:
        """The merchant as invoices name it."""
        return Party(
            name=self.name,
            address=self.address,
            vat_id=self.vat_id,
            tax_number=self.tax_number,
            register=self.register,
            contact=self.contact,
            email=self.email,
            phone=self.phone,
            business=True,
        )

    @property
    def transfer(self) -> Means | None:
        """How a transfer reaches the merchant."""
        account = self.bank_account
        if account is None:
            return None
        holder = account.holder or self.name
        return Means(kind="transfer", iban=account.iban, bic=account.bic, bank=account.bank, holder=holder)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSettings:
    """What one call sets. None leaves a setting as it is; an empty text, list or logo takes it away.

    Address lines are set one by one. retry_days and return_hosts replace what is there.
    """

    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    vat_id: str | None = None
    tax_number: str | None = None
    register: str | None = None
    contact: str | None = None
    email: str | None = None
    phone: str | None = None
    iban: str | None = None
    bic: str | None = None
    bank: str | None = None
    account_holder: str | None = None
    exemption_note: str | None = None
    currency: str | None = None
    vat_currency: str | None = None
    time_zone: str | None = None
    locale: str | None = None
    billing_time: time | None = None
    retry_days: tuple[int, ...] | None = None
    at_the_end: AtTheEnd | None = None
    while_past_due: WhilePastDue | None = None
    invoices: Invoicing | None = None
    invoice_prefix: str | None = None
    credit_note_prefix: str | None = None
    net_days: int | None = None
    outside: bool | None = None
    return_hosts: tuple[str, ...] | None = None
    sender_address: str | None = None
    logo: bytes | None = None
