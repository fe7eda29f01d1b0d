"""How people look for a customer: parts of phone numbers, postcodes and e-mails in any spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.customers.finding import email_key, phone_digits, phone_words, postcode_key

PHONE = st.text("0123456789 ()+-./", min_size=3, max_size=24).filter(lambda text: sum(map(str.isdigit, text)) >= 3)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("555-123", "555123"),
        ("(555) 123-4567", "5551234567"),
        ("+49 89 / 123.45", "498912345"),
        ("12", None),
        ("555-abc", None),
        ("ann@example.com", None),
        ("19122 Rossi", None),
    ],
)
def test_what_may_be_a_part_of_a_phone_number_is_reduced_to_its_digits(text: str, digits: str | None) -> None:
    assert phone_digits(text) == digits


def test_a_number_is_found_from_any_of_its_groups_on() -> None:
    assert list(phone_words("+1 (555) 123-4567")) == ["15551234567", "5551234567", "1234567", "4567", "5551234567"]
    assert list(phone_words("+15551234567")) == ["15551234567", "5551234567"]


@given(PHONE)
def test_every_number_is_found_by_its_own_digits_however_it_is_grouped(phone: str) -> None:
    digits = phone_digits(phone)
    assert digits is not None
    assert digits in phone_words(phone)
    assert digits in phone_words(digits)
    assert all(digits.endswith(word) for word in phone_words(phone))


def test_postcodes_and_emails_are_compared_without_case_blanks_and_dashes() -> None:
    assert postcode_key("sw1a 1aa") == postcode_key("SW1A1AA") == "SW1A1AA"
    assert postcode_key("01310-100") == "01310100"
    assert email_key("Ann.STRASSE@Example.COM") == email_key("ann.strasse@example.com") == "ann.strasse@example.com"


def wide(text: str) -> str:
    """In the full-width characters of East Asian keyboards, a blank included."""
    return "".join("\u3000" if character == " " else chr(ord(character) + 0xFEE0) for character in text)


def test_postcodes_and_emails_are_compared_without_width() -> None:
    assert postcode_key(wide("100-0001")) == postcode_key("100-0001") == postcode_key("100\u20100001") == "1000001"
    assert postcode_key(wide("sw1A 1aa")) == "SW1A1AA"
    assert email_key(wide("Ann@Example.com")) == "ann@example.com"
    assert email_key("Gro\u00df@example.com") == email_key("GROSS@EXAMPLE.COM")
