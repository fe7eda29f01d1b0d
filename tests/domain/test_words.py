"""Words are found in whatever spelling, with whatever keyboard and however they are spaced."""

import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.words import LONGEST, MOST_SOUGHT, WINDOW, has, sought, stored


def finds(query: str, *texts: str, codes: tuple[str, ...] = ()) -> bool:
    """Whether a record of these texts and codes has every word of the query."""
    there = stored(texts, codes).split()
    asked = sought(query)
    return bool(asked) and all(has(there, beginnings) for beginnings in asked)


def full_width(text: str) -> str:
    """As Japanese keyboards write it: U+FF01 to U+FF5E, with a blank of the same width."""
    return "".join("\u3000" if character == " " else chr(ord(character) + 0xFEE0) for character in text)


@pytest.mark.parametrize(
    ("written", "queries"),
    [
        ("山田太郎", "山田太郎 山田 太郎 郎 田太"),
        ("東京都渋谷区神宮前", "渋谷区神宮前 東京都渋谷区 神宮"),
        ("ﾃﾚﾋﾞ", "テレビ レビ"),
        ("김철수", "김철수 철수"),
        ("น้ำดื่มเย็น", "น้ำ ดื่ม เย็น น้ำดื่มเย็น"),
        ("हिन्दी भाषा", "हिन्दी भाषा भा"),
        ("Søren Ørsted", "soren orsted Soeren OERSTED søren"),
        ("Łukasz Żółć", "lukasz zolc Łukasz żółć"),
        ("Γιώργος Παπαδόπουλος", "παπαδοπουλος ΠΑΠΑΔΟΠΟΥΛΟΣ γιωργος Γιώργος"),
        ("Anna Müller", "mueller muller Müller MÜLLER Mu\u0308ller"),
        ("Anna Mueller", "müller mueller"),
        ("Straße STRAẞE", "strasse straße STRASSE"),
        ("Ægir Œuvre Þór Đorđe Guðrún Iş\u0131k", "aegir oeuvre thor dorde gudrun isik"),
        ("Ångström", "angstrom aangstroem ångström"),
        ("İstanbul", "istanbul ISTANBUL"),
        ("Нью-Йорк, Королёв", "нью-йорк ньюйорк королев Королёв"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد ٢٠٢٦", "محمد 2026"),
        (full_width("Full Width"), f"full width {full_width('full')}"),
        ("full width", f"{full_width('Full')} {full_width('WIDTH')}"),
        ("O'Brien", "obrien o'brien o’brien O`Brien brien"),
        ("O’Brien", "obrien o'brien"),
        ("T-Shirt", "tshirt t-shirt shirt t\u2011shirt"),
        ("AA-100MM", "aa100mm aa-100mm 100mm AA_100MM"),
        ("AC/DC", "acdc ac/dc dc"),
        ("Spider Man", "spider-man"),
        ("summer_sale", "sale summer summer_sale"),
        ("Donau\u00addampf", "donaudampf dampf"),
        ("Ann.Lee+x@Example.com", "ann.lee+x@example.com ann lee example.com ann.lee"),
        ("#1001", "1001 #1001 100"),
        ("1001", "#1001"),
    ],
)
def test_each_of_these_words_finds_it(written: str, queries: str) -> None:
    assert [query for query in queries.split() if not finds(query, written)] == []


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("t shirt", "T-Shirt"),
        ("t shirt", "Tshirt"),
        ("o brien", "O'Brien"),
        ("aa 100 mm", "AA-100MM"),
        ("de la cruz", "DeLaCruz"),
        ("delacruz", "de la Cruz"),
        ("iphone 15", "iPhone 15 Pro 256GB"),
        ("256gb iphone", "iPhone 15 Pro 256GB"),
        ("山田 太郎", "太郎と山田"),
        ("call 0199", "call 555 0199"),
        ("「太郎」", "山田太郎"),
    ],
)
def test_words_are_found_with_and_without_their_blank(query: str, written: str) -> None:
    assert finds(query, written)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SW1A 1AA", "SW1A1AA"),
        ("sw1a1aa", "SW1A 1AA"),
        ("1012 ab", "1012AB"),
        ("1012ab", "1012 AB"),
        ("1Z 999 AA1 0123 4567 84", "1Z999AA10123456784"),
        ("1Z999AA10123456784", "1Z 999 AA1 0123 4567 84"),
        ("1Z999-AA1-0123-4567-84", "1Z 999 AA1 01 2345 6784"),
        ("RR 123 456 785 DE", "RR123456785DE"),
        ("0034 0434 1610 9496 5837", "00340434161094965837"),
        ("00340434161094965837", "0034 0434 1610 9496 5837"),
        ("mugred01", "MUG RED 01"),
        ("red01", "MUG RED 01"),
        ("+44 20 7946 0958", "+442079460958"),
        ("020 7946 0958", "+44 20 7946 0958"),
        ("0044 20 7946 0958", "+44 20 79460958"),
        ("+44 20 7946 0958", "20 7946 0958"),
        ("(555) 123-4567", "+1 555 123 4567"),
        ("123-4567", "+1 (555) 123-4567"),
    ],
)
def test_numbers_are_found_however_they_are_spaced(query: str, code: str) -> None:
    assert finds(query, codes=(code,))


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("rien", "O'Brien"),
        ("hirt", "T-Shirt"),
        ("東京都神宮前", "東京都渋谷区神宮前"),
        ("郎太", "山田太郎"),
        ("muller", "Anna Mueller"),
        ("ann@example.org", "ann@example.com"),
        ("ann@example.com", "joanne@example.com"),
        ("555 9999", "555 0199"),
        ("!!!", "!!!"),
        ("🎁", "🎁"),
    ],
)
def test_nothing_else_finds_it(query: str, written: str) -> None:
    assert not finds(query, written)


def test_the_groups_of_a_long_number_are_looked_for_one_by_one_when_any_will_do() -> None:
    assert sought("10011 10022") == (("1001110022",),)
    assert sought("10011 10022", any_word=True) == (("10011",), ("10022", "1001110022"))


def test_a_search_without_words_asks_for_nothing() -> None:
    assert sought(" \n!? ...") == ()
    assert stored(["", None, "!"], codes=[None, "-"]) == ""


def test_words_are_kept_once_and_no_longer_than_anybody_types() -> None:
    assert stored(["mug Mug MUG", "mug"]) == "mug"
    assert stored(["x" * 500]) == "x" * LONGEST
    assert max(len(word) for word in stored(["1234567-" * 300]).split()) == LONGEST
    assert len(sought("1a " + " ".join(f"w{number}" for number in range(300)))) == MOST_SOUGHT


def test_characters_that_nobody_writes_do_not_stay_in_memory() -> None:
    private = [chr(code) for code in range(0xF0000, 0xF0000 + 60_000)]
    tracemalloc.start()
    assert stored(private) == ""
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 3_000_000, "twice as much if all were remembered"
    assert stored(["Łódź 東京 🎁"]) == "lodz 東京 京"


ANY_TEXT = st.text(st.characters(), max_size=60)
LETTERS = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=12)


@given(ANY_TEXT)
def test_whatever_comes_in_the_words_are_letters_and_digits_alone(text: str) -> None:
    for word in (*stored([text]).split(" "), *(each for same in sought(text) for each in same)):
        assert len(word) <= LONGEST
        assert all(unicodedata.category(character)[0] in "LNM" for character in word)
        assert not any(character.isascii() and not character.isalnum() for character in word)


@given(ANY_TEXT)
def test_a_text_is_found_by_itself(text: str) -> None:
    assert finds(text, text) or not sought(text)


@given(LETTERS, LETTERS)
def test_words_are_found_side_by_side_and_apart(first: str, second: str) -> None:
    for query in (first, second, f"{first} {second}", f"{second} {first}"):
        assert finds(query, f"{first} {second}") or not sought(query)


@given(st.text(st.sampled_from("山田太郎東京都ヤマダ"), min_size=1, max_size=20), st.data())
def test_a_script_without_blanks_is_found_by_any_part(text: str, draw: st.DataObject) -> None:
    begin = draw.draw(st.integers(0, len(text) - 1))
    part = text[begin : draw.draw(st.integers(begin + 1, len(text)))]
    assert finds(part, text)
    absent = part + "鈴"
    assert not finds(absent, text)
    assert all(len(word) <= WINDOW for word in stored([text]).split())


@given(st.text(st.sampled_from("0123456789"), min_size=4, max_size=22), st.data())
def test_digits_are_found_in_any_groups(digits: str, draw: st.DataObject) -> None:
    def grouped() -> str:
        cuts = sorted(draw.draw(st.sets(st.integers(1, len(digits) - 1), max_size=5)))
        groups = [digits[begin:end] for begin, end in zip((0, *cuts), (*cuts, len(digits)), strict=True)]
        return draw.draw(st.sampled_from(" -./")).join(groups)

    assert finds(grouped(), codes=(grouped(),))
