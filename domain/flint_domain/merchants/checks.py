"""What a setting may be: VAT ids and accounts by their check digits, codes by their lists, text by its rules."""

import re
from collections.abc import Sequence
from itertools import pairwise

from iso3166 import countries_by_alpha2
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as union_vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as british_vat
from stdnum.no import mva as norwegian_vat

from flint_domain.invoices.words import LANGUAGES
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.money import exponent
from flint_domain.kernel.text import CONTACT, IDENTIFIER, NAME, NOTE, TextRule, Unfit, written
from flint_domain.merchants.model import Logo

MAX_NAME = 200  # characters of a name, an address line, a register line
MAX_EMAIL = 254  # characters (RFC 5321)
MAX_NOTE = 500  # characters of a sentence below an invoice
MAX_RETRIES, LAST_RETRY = 10, 60  # attempts of dunning, and the day of the last one
MAX_NET_DAYS = 365
MAX_HOSTS = 20
MAX_HOST = 253  # characters of a name (RFC 1035)
MAX_LOGO = 500_000  # bytes: it is in every PDF

_LOCALE = re.compile(r"([a-z]{2})(?:-([A-Z]{2}))?\Z")
_EMAIL = re.compile(r"[^@\s<>\"(),:;]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\.[A-Za-z]{2,63}\Z")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_NATIONAL = {"GB": british_vat, "CHE": swiss_vat, "NO": norwegian_vat}


def refused(param: str, message: str, hint: str) -> Refused:
    return Refused("invalid_argument", message, hint=hint, param=param)


def text(value: str, param: str, *, rule: TextRule = NAME, most: int = MAX_NAME) -> str:
    """Words of the merchant's, as they are kept."""
    try:
        kept = written(value, rule)
    except Unfit as unfit:
        raise refused(param, unfit.message, unfit.hint) from None
    if len(kept) > most:
        raise refused(param, f"{len(kept)} characters are too many.", f"send at most {most}")
    return kept


def note(value: str, param: str) -> str:
    return text(value, param, rule=NOTE, most=MAX_NOTE)


def contact(value: str, param: str) -> str:
    return text(value, param, rule=CONTACT, most=64)


def identifier(value: str, param: str) -> str:
    return text(value, param, rule=IDENTIFIER, most=64)


def country(value: str, param: str) -> str:
    code = value.strip().upper()
    if code not in countries_by_alpha2:
        raise refused(param, f"{quoted(value)} is no country.", "send its ISO 3166-1 alpha-2 code, such as DE or US")
    return code


def currency(value: str, param: str) -> str:
    code = value.strip().upper()
    try:
        exponent(code)
    except ValueError:
        hint = "send an ISO 4217 code, such as EUR or USD"
        raise refused(param, f"{quoted(value)} is no currency.", hint) from None
    return code


def vat_id(value: str, param: str) -> str:
    """A VAT id with its country in front, by the check digits of the Union, Great Britain, Norway and Switzerland.
    Whether one is registered only its state can say."""
    wanted = re.sub(r"[\s.-]", "", value).upper()
    checked = next((module for prefix, module in _NATIONAL.items() if wanted.startswith(prefix)), None)
    prefix = wanted[:2].lower()
    if checked is None and prefix not in (*union_vat.MEMBER_STATES, "el"):
        raise refused(
            param,
            f"{quoted(value)} does not begin with a country whose VAT ids are known.",
            "send it with its country in front, such as DE136695976; send any other number as taxNumber",
        )
    try:
        bare = wanted[2:] if checked in (british_vat, norwegian_vat) else wanted
        (checked or union_vat).validate(bare)
    except ValidationError:
        raise refused(
            param,
            f"{quoted(value)} is no VAT id of {wanted[:2]}: its digits do not check.",
            "look at the number on the registration; it begins with the country, such as DE136695976",
        ) from None
    return wanted


def iban(value: str, param: str) -> str:
    try:
        return str(ibans.validate(value))
    except ValidationError:
        hint = "look for a digit that is missing or swapped; blanks do not matter"
        raise refused(param, "This is no IBAN: its check digits or its length are wrong.", hint) from None


def bic(value: str, param: str) -> str:
    try:
        return str(bics.validate(value))
    except ValidationError:
        hint = "send 8 or 11 letters and digits, such as BYLADEM1001, or leave it out: an IBAN is enough"
        raise refused(param, f"{quoted(value)} is no BIC.", hint) from None


def locale(value: str, param: str) -> str:
    match = _LOCALE.match(value)
    language, region = match.groups() if match else ("", None)
    known = language in LANGUAGES and (region is None or region in countries_by_alpha2)
    if not known:
        hint = "send en or de, with a country if you like: en-GB, de-AT"
        raise refused(param, f"{quoted(value)} is no language of documents and mails.", hint)
    return value


def email(value: str, param: str) -> str:
    kept = text(value, param, rule=CONTACT, most=MAX_EMAIL)
    if not _EMAIL.match(kept):
        raise refused(
            param, f"{quoted(value)} is no e-mail address.", "send one address alone, such as billing@example.com"
        )
    return kept


def retry_days(values: Sequence[int], param: str) -> tuple[int, ...]:
    """The days after a decline on which an order is tried again; none for merchants who do not."""
    rising = all(one < other for one, other in pairwise(values))
    within = all(1 <= day <= LAST_RETRY for day in values)
    if not rising or not within or len(values) > MAX_RETRIES:
        said = ", ".join(map(str, values[: MAX_RETRIES + 1]))
        hint = f"send at most {MAX_RETRIES} rising days from 1 to {LAST_RETRY}, such as 2, 7, 14, 21"
        raise refused(param, f"{said} are no days of attempts.", hint)
    return tuple(values)


def net_days(value: int, param: str) -> int:
    if not 0 <= value <= MAX_NET_DAYS:
        raise refused(param, f"{value} is no number of days to pay in.", f"send 0 to {MAX_NET_DAYS}")
    return value


def hosts(values: Sequence[str], param: str) -> tuple[str, ...]:
    """Names of hosts, in small letters, each once."""
    kept = tuple(dict.fromkeys(value.strip().lower().rstrip(".") for value in values))
    for value in kept:
        if len(value) > MAX_HOST or not _HOST.match(value):
            raise refused(
                param, f"{quoted(value)} is no host.", "send names alone, such as shop.example.com, without https://"
            )
    if len(kept) > MAX_HOSTS:
        raise refused(param, f"{len(kept)} hosts are too many.", f"send at most {MAX_HOSTS}")
    return kept


def logo(data: bytes, param: str) -> Logo:
    if len(data) > MAX_LOGO:
        hint = f"send at most {MAX_LOGO:,} bytes: it is in every invoice"
        raise refused(param, f"The picture has {len(data):,} bytes.", hint)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Logo("png", data)
    if data.startswith(b"\xff\xd8\xff"):
        return Logo("jpeg", data)
    raise refused(param, "The picture is neither PNG nor JPEG.", "save it as one of these")
