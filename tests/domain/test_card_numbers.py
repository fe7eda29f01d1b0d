"""Card numbers are known in any writing, and what is as long but names something else is let through."""

import sys
import unicodedata
from random import Random

import pytest

from flint_domain.kernel.cards import (
    card_numbers,
    is_card_number,
    masked,
    without_bare_long_numbers,
    without_long_numbers,
)
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.text import NOTE, Unfit, written
from tests.domain.numbers import IDENTIFIERS, digits

VISA, AMEX, DINERS, OLD_VISA = "4242424242424242", "378282246310005", "30569309025904", "4222222222222"
FULL_WIDTH = {ord(digit): ord(digit) - ord("0") + 0xFF10 for digit in "0123456789"}


@pytest.mark.parametrize(
    "text",
    [
        VISA,
        f"card {VISA}, thanks",
        f"no.{VISA}.",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "4242.4242.4242.4242",
        "4242\u00a04242\u202f4242\u30004242",
        "4242 – 4242 – 4242 – 4242",
        "4242\n4242\n4242\n4242",
        "42424242 42424242",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
        VISA.translate(FULL_WIDTH),
        "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
        "④②④② ④②④② ④②④② ④②④②",
        "4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣4️⃣2️⃣",
        "4242 4242 4242 4242 12/29 123",
        "555 1234 4242 4242 4242 4242",
        AMEX,
        "3782 822463 10005",
        "3056 930902 5904",
        "4222 222 222 222",
        "5555555555554444",
        "2223003122003222",
        "6011111111111117",
        "3530111333300000",
    ],
)
def test_a_card_number_is_found_in_what_people_write(text: str) -> None:
    assert len(card_numbers(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",  # the check digit is wrong
        "1234567812345670",  # right, but no card begins with 1
        DINERS,  # bare, 14 digits may be a barcode
        OLD_VISA,
        "62" + VISA + "00",  # longer than any card
        "EU sizes 36 37 38 39 40 41 42 43",
        "5.11.2026 – 12.11.2026, 16:30",
        "refund to DE44 5001 0517 5407 3249 31",
        "4006381333931",
        "+49 1512 3456789",
        "1Z4242424242424242" + "0",
    ],
)
def test_what_only_has_many_digits_is_left_alone(text: str) -> None:
    assert card_numbers(text) == ()


BETWEEN_OTHER_NUMBERS = [
    ("Exp 12/28\n4242 4242 4242 4242\n123 Main Street", "Exp 12/28\n••••4242\n123 Main Street"),
    ("Qty 2\n4242-4242-4242-4242\n123", "Qty 2\n••••4242\n123"),
    ("1. 4242 4242 4242 4242 12.28", "1. ••••4242 12.28"),
    ("2 4242 4242 4242 4242 3", "2 ••••4242 3"),
    ("2 4242 – 4242 – 4242 – 4242 3", "2 ••••4242 3"),
    ("2 4242\u00a04242\u202f4242 4242 3", "2 ••••4242 3"),
    ("2 4242-4242\u20114242\u20134242 3", "2 ••••4242 3"),
    ("2.4242_4242_4242_4242.3", "2.••••4242.3"),
    ("12\n3782 822463 10005\n1234", "12\n••••0005\n1234"),
    ("12 3782-822463-10005 1234", "12 ••••0005 1234"),
    ("12 3056 930902 5904 12", "12 ••••5904 12"),
    ("12 4222 222 222 222 12", "12 ••••2222 12"),
    ("2 4242 4242 4242 4242 3".translate(FULL_WIDTH), "\uff12 ••••4242 \uff13"),
    ("2\n4242\n4242\n4242\n4242\n3", "2\n••••4242\n3"),
    ("2\r\n4242\r\n4242\r\n4242\r\n4242\r\n3", "2\r\n••••4242\r\n3"),
    (f"Qty 2\n{VISA}\n123", "Qty 2\n••••4242\n123"),
    (f"2 {VISA} 3", "2 ••••4242 3"),
    ("2\n42424242 42424242\n3", "2\n••••4242\n3"),
    ("2\n4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2\n3", "2\n••••4242\n3"),
    ("2\n4242 4242-4242 4242 12 28\n3", "2\n••••4242 12 28\n3"),
    ("2\n12 28 4242 4242-4242 4242\n3", "2\n12 28 ••••4242\n3"),
    ("2 4242 4242 4242 4242 5555 5555 5555 4444 3", "2 ••••4242 ••••4444 3"),
]


@pytest.mark.parametrize(("text", "without"), BETWEEN_OTHER_NUMBERS)
def test_a_card_number_between_other_numbers_is_refused_and_masked(text: str, without: str) -> None:
    with pytest.raises(Unfit, match="This looks like a card number"):
        written(text, NOTE)
    assert masked(text) == without


@pytest.mark.parametrize(
    "text",
    [
        "2 4242 4242-4242.4242 3",  # no two separators are alike
        "2 42 424242 4242 4242 3",
        "2 4242 4242 4242 4241 3",
        "1 4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2 1",
    ],
)
def test_digits_between_other_numbers_are_a_card_number_in_its_groups_alone(text: str) -> None:
    assert card_numbers(text) == ()


@pytest.mark.parametrize(
    "text", ["4242 4242 4242 4242", "4242-4242-4242-4242", "3782.822463.10005", "Nr 3056 930902 5904"]
)
def test_an_identifier_is_no_card_number_in_the_groups_of_a_card(text: str) -> None:
    assert len(card_numbers(text, "identifier")) == 1


@pytest.mark.parametrize("text", [VISA, AMEX, f"SKU-{VISA}", "9400 4242 4242 4242 4242 42", "42424242-42424242"])
def test_an_identifier_may_be_as_many_digits_in_any_other_writing(text: str) -> None:
    assert card_numbers(text, "identifier") == ()


@pytest.mark.parametrize("kind", IDENTIFIERS)
def test_no_barcode_serial_phone_or_tracking_number_is_taken_for_a_card(kind: str) -> None:
    random, make = Random(16), IDENTIFIERS[kind]
    assert [number for number in (make(random) for _ in range(3_000)) if card_numbers(number, "identifier")] == []


def test_one_in_twenty_eight_random_numbers_of_sixteen_digits_looks_like_a_card() -> None:
    random = Random(16)
    found = sum(is_card_number(digits(random, 16)) for _ in range(20_000))
    assert 0.033 < found / 20_000 < 0.040


def test_a_masked_text_keeps_the_last_four_digits_and_all_other_words() -> None:
    text = f"paid with 4242 4242 4242 4242 and {AMEX.translate(FULL_WIDTH)}, order 4006381333931"
    assert masked(text) == "paid with ••••4242 and ••••0005, order 4006381333931"
    assert masked(f"{VISA}/4242-4242-4242-4242", "identifier") == f"{VISA}/••••4242"
    assert masked("no card") == "no card"


def test_nothing_that_is_quoted_repeats_thirteen_digits() -> None:
    assert quoted("4006381333931") == '"…3931"'
    assert quoted("a 4242 4242 4242 4242 b") == '"a …4242 b"'
    assert quoted("x" * 50 + VISA) == '"' + "x" * 50 + '…4242"'
    assert quoted("123456789012") == '"123456789012"'
    assert without_long_numbers(VISA.translate(FULL_WIDTH)) == "…4242"


def test_no_refusal_repeats_thirteen_digits_whoever_wrote_it() -> None:
    order_id = "ord_01234567890123456789012345"
    refused = Refused("not_found", f"There is no {VISA} on {order_id}.", hint=f"not {VISA}", param=f"metadata.{VISA}")
    assert refused.message == f"There is no …4242 on {order_id}."
    assert (refused.hint, refused.param, str(refused)) == ("not …4242", "metadata.…4242", refused.message)


def test_amounts_of_money_are_never_cut() -> None:
    assert without_bare_long_numbers("1000000000000 JPY is the most") == "1000000000000 JPY is the most"


def test_every_digit_of_unicode_is_a_digit_of_a_card_number() -> None:
    digits = [character for character in map(chr, range(0x80, sys.maxunicode + 1)) if character.isdigit()]
    assert len(digits) > 700
    for digit in digits:
        assert without_long_numbers(digit * 13) == f"…{str(unicodedata.digit(digit)) * 4}"


def test_text_without_long_numbers_costs_no_more_for_being_long() -> None:
    """Runs of digits with separators everywhere are read once, not once from each digit."""
    assert card_numbers("1 " * 100_000) == ()
