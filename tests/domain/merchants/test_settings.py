"""What a merchant may say of itself, and how each setting is refused: by its name, with what to do."""

from dataclasses import fields, replace
from datetime import time

import pytest

from flint_domain.billing.dunning import BillingTerms
from flint_domain.invoices.model import Means, Party, PostalAddress
from flint_domain.kernel.errors import Refused
from flint_domain.merchants.checks import MAX_LOGO
from flint_domain.merchants.model import BankAccount, Logo, MerchantSettings, WantedSettings
from flint_domain.merchants.rules import changed, missing_for_invoices

NEW = MerchantSettings()
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8

WORKSHOP = WantedSettings(
    name="Flint & Söhne GmbH",
    line1="Werkstraße 1",
    postal_code="20095",
    city="Hamburg",
    country="de",
    vat_id="DE 136 695 976",
    register="Amtsgericht Hamburg, HRB 12345",
    contact="Grete Hermann",
    email="rechnung@example.com",
    phone="+49 40 123456",
    iban="DE02 1203 0000 0000 2020 51",
    bic="bylademx",
    exemption_note="Steuerfrei nach § 4 UStG",
    currency="eur",
    vat_currency="EUR",
    time_zone="Europe/Berlin",
    locale="de-DE",
    billing_time=time(6, 30),
    retry_days=(1, 3, 9),
    at_the_end="pause",
    while_past_due="bill",
    invoices="on_request",
    invoice_prefix="RE",
    credit_note_prefix="GS",
    net_days=30,
    outside=True,
    return_hosts=("Shop.Example.com", "shop.example.com.", "localhost"),
    sender_address="shop@example.com",
    logo=PNG,
)


def test_all_settings_are_set_at_once_and_kept_as_they_are_compared() -> None:
    wanted = replace(WORKSHOP, bic="byladem1001", bank="Kreditbank", account_holder="Flint Treuhand")
    assert changed(NEW, wanted) == MerchantSettings(
        currency="EUR",
        name="Flint & Söhne GmbH",
        address=PostalAddress(country="DE", line1="Werkstraße 1", postal_code="20095", city="Hamburg"),
        vat_id="DE136695976",
        register="Amtsgericht Hamburg, HRB 12345",
        contact="Grete Hermann",
        email="rechnung@example.com",
        phone="+49 40 123456",
        bank_account=BankAccount(
            iban="DE02120300000000202051", bic="BYLADEM1001", bank="Kreditbank", holder="Flint Treuhand"
        ),
        exemption_note="Steuerfrei nach § 4 UStG",
        vat_currency="EUR",
        time_zone="Europe/Berlin",
        locale="de-DE",
        billing=BillingTerms(billing_time=time(6, 30), retry_days=(1, 3, 9), at_the_end="pause", while_past_due="bill"),
        invoices="on_request",
        invoice_prefix="RE",
        credit_note_prefix="GS",
        net_days=30,
        outside=True,
        return_hosts=("shop.example.com", "localhost"),
        sender_address="shop@example.com",
        logo=Logo("png", PNG),
    )


def test_what_is_not_given_stays_and_an_empty_value_takes_it_away() -> None:
    known = changed(NEW, replace(WORKSHOP, bic=None))
    assert changed(known, WantedSettings()) == known
    less = changed(
        known, WantedSettings(line1="", vat_id="", iban="", exemption_note="", return_hosts=(), retry_days=(), logo=b"")
    )
    assert less == replace(
        known,
        address=replace(known.address, line1=None),
        vat_id=None,
        bank_account=None,
        exemption_note=None,
        return_hosts=(),
        billing=replace(known.billing, retry_days=()),
        logo=None,
    )


@pytest.mark.parametrize(
    ("wanted", "param", "message", "hint"),
    [
        (
            {"vat_id": "DE136695975"},
            "vatId",
            '"DE136695975" is no VAT id of DE: its digits do not check.',
            "look at the number on the registration; it begins with the country, such as DE136695976",
        ),
        (
            {"vat_id": "136695976"},
            "vatId",
            '"136695976" does not begin with a country whose VAT ids are known.',
            "send it with its country in front, such as DE136695976; send any other number as taxNumber",
        ),
        (
            {"iban": "DE03120300000000202051"},
            "iban",
            "This is no IBAN: its check digits or its length are wrong.",
            "look for a digit that is missing or swapped; blanks do not matter",
        ),
        (
            {"iban": "DE02120300000000202051", "bic": "BYLA"},
            "bic",
            '"BYLA" is no BIC.',
            "send 8 or 11 letters and digits, such as BYLADEM1001, or leave it out: an IBAN is enough",
        ),
        ({"bic": "BYLADEM1001"}, "bic", "bic belongs to an account, and there is none.", "send its iban, too"),
        (
            {"country": "Germany"},
            "country",
            '"Germany" is no country.',
            "send its ISO 3166-1 alpha-2 code, such as DE or US",
        ),
        (
            {"currency": "XAU"},
            "currency",
            '"XAU" is no currency.',
            "send an ISO 4217 code, such as EUR or USD",
        ),
        (
            {"vat_currency": "EURO"},
            "vatCurrency",
            '"EURO" is no currency.',
            "send an ISO 4217 code, such as EUR or USD",
        ),
        (
            {"time_zone": "CET"},
            "timeZone",
            '"CET" is no IANA time zone.',
            'give area and place, such as "Europe/Berlin", or "UTC"',
        ),
        (
            {"locale": "fr"},
            "locale",
            '"fr" is no language of documents and mails.',
            "send en or de, with a country if you like: en-GB, de-AT",
        ),
        (
            {"locale": "de_AT"},
            "locale",
            '"de_AT" is no language of documents and mails.',
            "send en or de, with a country if you like: en-GB, de-AT",
        ),
        (
            {"email": "rechnung"},
            "email",
            '"rechnung" is no e-mail address.',
            "send one address alone, such as billing@example.com",
        ),
        (
            {"sender_address": "Shop <shop@example.com>"},
            "senderAddress",
            '"Shop <shop@example.com>" is no e-mail address.',
            "send one address alone, such as billing@example.com",
        ),
        (
            {"sender_address": "a@example.com\r\nBcc: b@example.com"},
            "senderAddress",
            "There is U+000D (CARRIAGE RETURN) at character 14.",
            "write it in one line",
        ),
        (
            {"retry_days": (2, 2)},
            "retryDays",
            "2, 2 are no days of attempts.",
            "send at most 10 rising days from 1 to 60, such as 2, 7, 14, 21",
        ),
        (
            {"retry_days": (0, 7)},
            "retryDays",
            "0, 7 are no days of attempts.",
            "send at most 10 rising days from 1 to 60, such as 2, 7, 14, 21",
        ),
        (
            {"invoice_prefix": "inv 1"},
            "invoicePrefix",
            '"inv 1" is no prefix of numbers.',
            "send up to 12 capitals and digits; between them also / . and -",
        ),
        ({"net_days": 400}, "netDays", "400 is no number of days to pay in.", "send 0 to 365"),
        ({"net_days": -1}, "netDays", "-1 is no number of days to pay in.", "send 0 to 365"),
        (
            {"return_hosts": ("https://shop.example.com/",)},
            "returnHosts",
            '"https://shop.example.com/" is no host.',
            "send names alone, such as shop.example.com, without https://",
        ),
        (
            {"return_hosts": tuple(f"s{n}.example.com" for n in range(21))},
            "returnHosts",
            "21 hosts are too many.",
            "send at most 20",
        ),
        ({"name": "x" * 201}, "name", "201 characters are too many.", "send at most 200"),
        (
            {"name": "Flint\u202eGmbH"},
            "name",
            "There is U+202E (RIGHT-TO-LEFT OVERRIDE) at character 6.",
            "leave it out: it makes text read otherwise than it is written",
        ),
        ({"logo": b"GIF89a"}, "logo", "The picture is neither PNG nor JPEG.", "save it as one of these"),
        (
            {"logo": PNG + b"\0" * MAX_LOGO},
            "logo",
            "The picture has 500,016 bytes.",
            "send at most 500,000 bytes: it is in every invoice",
        ),
    ],
)
def test_a_setting_that_cannot_be_so_is_refused_by_its_name(
    wanted: dict[str, object], param: str, message: str, hint: str
) -> None:
    with pytest.raises(Refused) as refused:
        changed(NEW, replace(WantedSettings(), **wanted))
    found = refused.value
    assert (found.code, found.param, found.message, found.hint) == ("invalid_argument", param, message, hint)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ATU 12345675", "ATU12345675"),
        ("FR40 303 265 045", "FR40303265045"),
        ("el094259216", "EL094259216"),
        ("GB 980 7806 84", "GB980780684"),
        ("CHE-107.787.577 IVA", "CHE107787577IVA"),
        ("NO 995 525 828 MVA", "NO995525828MVA"),
    ],
)
def test_vat_ids_of_europe_are_checked_by_their_own_rules(written: str, kept: str) -> None:
    assert changed(NEW, WantedSettings(vat_id=written)).vat_id == kept


def test_a_jpeg_is_a_logo_too() -> None:
    picture = b"\xff\xd8\xff\xe0" + b"\0" * 8
    assert changed(NEW, WantedSettings(logo=picture)).logo == Logo("jpeg", picture)


def test_the_merchant_is_the_seller_of_its_invoices_and_its_account_their_means() -> None:
    settings = changed(NEW, replace(WORKSHOP, bic=None))
    assert settings.seller == Party(
        name="Flint & Söhne GmbH",
        address=PostalAddress(country="DE", line1="Werkstraße 1", postal_code="20095", city="Hamburg"),
        vat_id="DE136695976",
        register="Amtsgericht Hamburg, HRB 12345",
        contact="Grete Hermann",
        email="rechnung@example.com",
        phone="+49 40 123456",
        business=True,
    )
    assert settings.transfer == Means(kind="transfer", iban="DE02120300000000202051", holder="Flint & Söhne GmbH")
    assert NEW.transfer is None


def test_what_a_merchant_lacks_for_invoices_is_named() -> None:
    assert missing_for_invoices(changed(NEW, replace(WORKSHOP, bic=None))) == ()
    assert [each.field for each in missing_for_invoices(NEW)] == [
        "name",
        "address.line1",
        "address.city",
        "address.country",
        "vatId or taxNumber",
    ]


def test_a_refused_setting_changes_no_other() -> None:
    for field in fields(WantedSettings):
        assert getattr(WantedSettings(), field.name) is None
    with pytest.raises(Refused):
        changed(NEW, WantedSettings(name="Flint", vat_id="DE1"))
    assert MerchantSettings() == NEW
