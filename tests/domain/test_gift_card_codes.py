"""Codes that people type: as printed, in any case, with every slip found; and what is kept in their place."""

from hypothesis import given
from hypothesis import strategies as st

from flint_domain.commands.payments import PayOrder, TenderInput
from flint_domain.gift_cards.codes import ALPHABET, RANDOM_BITS, digest, looks_like_code, made_of, printed, typed
from flint_domain.order.inputs import Amount
from flint_domain.unit_of_work.fingerprint import fields_of, fingerprint_of

codes = st.integers(0, 2**RANDOM_BITS - 1).map(made_of)


@given(codes)
def test_a_code_is_read_back_however_it_is_typed(code: str) -> None:
    shown = printed(code)
    assert [len(group) for group in shown.split("-")] == [4, 4, 4, 4]
    spaced = shown.replace("-", " ").replace("0", "o").replace("1", "l")
    for spelled in (shown, shown.lower(), code, code.lower(), spaced, spaced.upper()):
        assert typed(spelled) == code


@given(codes, st.integers(0, 15), st.sampled_from(ALPHABET))
def test_a_wrong_character_is_found(code: str, place: int, other: str) -> None:
    wrong = code[:place] + other + code[place + 1 :]
    assert typed(wrong) == (code if other == code[place] else None)
    assert looks_like_code(wrong)


@given(codes, st.integers(0, 14))
def test_two_neighbors_exchanged_are_found_but_for_the_first_and_the_last_of_the_alphabet(code: str, at: int) -> None:
    exchanged = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    if {code[at], code[at + 1]} != {ALPHABET[0], ALPHABET[-1]} and exchanged != code:
        assert typed(exchanged) is None


@given(st.integers(0, 2**RANDOM_BITS - 1), st.integers(0, 2**RANDOM_BITS - 1))
def test_other_chances_are_other_codes_with_other_digests(one: int, other: int) -> None:
    assert (made_of(one) == made_of(other)) is (one == other)
    assert (digest(made_of(one)) == digest(made_of(other))) is (one == other)


def test_what_is_no_code_is_none_and_other_sources_are_not_taken_for_one() -> None:
    for text in ("", "tok_visa", "pm_card_visa", "store_credit", "gift_01K00000000000000000000000", "V3S3-DTR9-8H6B"):
        assert typed(text) is None
        assert not looks_like_code(text)
    assert looks_like_code("V3S3-DTR9-8H6B-CFNU")
    assert typed("V3S3-DTR9-8H6B-CFNR") == "V3S3DTR98H6BCFNR"


@given(codes)
def test_a_commands_kept_fields_have_the_digest_in_place_of_the_code(code: str) -> None:
    pay = PayOrder(order_id="ord_1", sources=("tok_visa", printed(code)))
    assert fields_of(pay)["sources"] == ["tok_visa", f"code:{digest(code)}"]
    part = TenderInput(source=code.lower(), money=Amount(amount=1))
    assert fields_of(PayOrder(order_id="ord_1", tenders=(part,)))["tenders"][0]["source"] == f"code:{digest(code)}"
    assert fingerprint_of(pay) == fingerprint_of(PayOrder(order_id="ord_1", sources=("tok_visa", code)))
