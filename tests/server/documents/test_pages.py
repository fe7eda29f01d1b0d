"""The page of a document: what stands on it, that it is the same everywhere, and that nobody's words change it."""

import struct
import sys
import zlib
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from pydantic import TypeAdapter
from pypdf import PdfReader

from flint_domain.invoices.model import Document
from flint_server.documents.cii import render_xml
from flint_server.documents.extra import NotInstalled
from flint_server.documents.pdf import Rendered, preview, render_pdf
from tests.server.documents.gallery import beans, gallery, issued

DOCUMENTS = dict(gallery())


@cache
def made(name: str) -> Rendered:
    return render_pdf(DOCUMENTS[name])


def pages(rendered: Rendered) -> list[str]:
    """The text of each page, in one line; places to break and marks of direction left out."""
    texts = (page.extract_text() for page in PdfReader(BytesIO(rendered.pdf)).pages)
    return [" ".join(text.replace("\u200b", "").replace("\u2068", "").replace("\u2069", "").split()) for text in texts]


def only_page(name: str) -> str:
    (text,) = pages(made(name))
    return text


def test_a_german_invoice_says_all_that_a_tax_office_asks_for() -> None:
    text = only_page("german_open")
    for words in (
        "Rechnung INV-2026-000001",
        "Datum 23. November 2026",
        "Fällig am 7. Dezember 2026",
        "Flint & Söhne Werkstätten GmbH Werkstraße 1 20095 Hamburg",
        "Nordlicht Kaffeerösterei AG Speicherstadt 12 20457 Hamburg",
        "USt-IdNr. DE136695976",
        "Ihre USt-IdNr. DE811907980",
        "Ihre Bestellung 4500012345",
        "12 14,90 7 % 178,80",
        "269,00 abzüglich 26,90 Rabatt",
        "Summe netto 427,80",
        "USt 19 % von 249,00 47,31",
        "USt 7 % von 178,80 12,52",
        "Gesamtbetrag 487,63 EUR",
        "Zu zahlen 487,63 EUR",
        "Bitte zahlen Sie bis zum 7. Dezember 2026.",
        "IBAN DE02 1203 0000 0000 2020 51",
        "Soweit nicht anders angegeben, ist das Leistungsdatum das Rechnungsdatum.",
        "Seite 1 von 1",
    ):
        assert words in text, words


def test_an_english_invoice_has_service_periods_prices_without_tax_and_what_is_paid() -> None:
    text = only_page("english_partly_paid")
    for words in (
        "Invoice INV-2026-000001",
        "Date 23 November 2026",
        "UNITED KINGDOM",
        "Pro plan 1 Nov 2026 – 30 Nov 2026 3 100.00 20 % 300.00",
        "Onboarding session 1 41.66 20 % 41.66",
        "Tip 1 5.00 – 5.00",
        "VAT 20 % of 341.66 68.33",
        "Total 414.99 EUR",
        "Paid −100.00",
        "Amount due 314.99 EUR",
        "Voluntary tip, not subject to VAT.",
    ):
        assert words in text, words


def test_a_paid_invoice_asks_for_nothing() -> None:
    text = only_page("german_paid")
    assert "Gesamtbetrag 487,63 EUR Bezahlt 487,63" in text
    assert "Visa mit den Endziffern 4242" in text
    assert "Zu zahlen" not in text and "IBAN" not in text


def test_a_credit_note_names_its_invoice_and_says_what_became_of_the_money() -> None:
    text = only_page("english_credit_note")
    assert "Credit note CN-2026-000001 Refund Corrects INV-2026-000001 of November 23, 2026" in text
    assert "2 14.90 7 % 29.80" in text
    assert "Total 31.89 EUR Given back 31.89" in text


def test_a_cancellation_is_set_off_against_its_invoice() -> None:
    text = only_page("void")
    assert "Stornorechnung CN-2026-000001 Zu INV-2026-000001 vom 23. November 2026" in text
    assert "Gesamtbetrag 487,63 EUR Mit der Rechnung verrechnet 487,63" in text


def test_a_total_of_zero_is_nothing_to_pay_and_yen_have_no_decimals() -> None:
    assert "Total 0 JPY Nothing to pay 0" in only_page("zero_total")


def test_forty_lines_go_over_pages_with_the_head_and_the_number_on_each() -> None:
    first, second = pages(made("forty_lines"))
    for number, text in enumerate((first, second), start=1):
        assert "Bezeichnung Menge Einzelpreis USt Betrag EUR" in text
        assert f"Seite {number} von 2" in text
        assert "Rechnung INV-2026-000001" in text
    assert sum(f"Artikel {number} " in first + second for number in range(1, 41)) == 40
    assert "Gesamtbetrag 1.986,59 EUR" in second and "Gesamtbetrag" not in first


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("japanese", "株式会社日本コーヒー"),
        ("chinese", "北京咖啡有限公司"),
        ("korean", "주식회사 한국커피"),
        ("arabic", "SAUDI ARABIA"),
        ("hebrew", "ISRAEL"),
        ("thai", "THAILAND"),
    ],
)
def test_names_of_every_script_have_their_letters(name: str, words: str) -> None:
    rendered = made(name)
    assert rendered.warnings == ()
    assert words in pages(rendered)[0]


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_only_fonts_of_the_packages_are_used(name: str) -> None:
    fonts = {font.split("+")[1] for font in _fonts(made(name).pdf)}
    assert fonts and all(font.startswith("Noto") for font in fonts), fonts


def _fonts(pdf: bytes) -> set[str]:
    found: set[str] = set()
    for page in PdfReader(BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            found.add(str(font.get_object()["/BaseFont"])[1:])
    return found


def test_words_are_never_markup_and_characters_that_xml_cannot_hold_are_replaced() -> None:
    text = only_page("hostile")
    assert '#eval("1") *bold* $x^2$ @ref <label> \\ // /* #image("/etc/passwd") ${x} {{y}}' in text
    assert "</ram:Name><script>&amp;\ufffd\ufffd\ufffd ]]> \ufffd" in text
    assert '#panic("x") = Heading' in text
    xml = Xml.fromstring(render_xml(DOCUMENTS["hostile"]))
    names = [element.text for element in xml.iter() if element.tag.endswith("}Name")]
    assert "</ram:Name><script>&amp;\ufffd\ufffd\ufffd ]]> \ufffd" in names


def test_a_character_that_no_font_has_is_named_and_the_document_is_made_all_the_same() -> None:
    rendered = made("hostile")
    assert sorted(rendered.warnings) == [
        "No font has U+10A60 (OLD SOUTH ARABIAN LETTER HE): the page shows \ufffd for it.",
        "No font has U+13000 (EGYPTIAN HIEROGLYPH A001): the page shows \ufffd for it.",
        "No font has U+E000 (without a name): the page shows \ufffd for it.",
    ]
    assert "No font has \ufffd \ufffd \ufffd this" in pages(rendered)[0]


def test_long_words_break_inside_their_column() -> None:
    text = "".join(pages(made("long_words")))
    assert "W" * 300 in text.replace(" ", "")
    assert "1.234,5678 1.234.567,89 19 % 1.524.157.763,91" in text


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_the_same_document_is_the_same_bytes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(name).pdf
    _a_second_later(monkeypatch)
    assert render_pdf(DOCUMENTS[name]).pdf == first


def _a_second_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that puts the XML in writes the time of now."""
    from facturx import facturx

    monkeypatch.setattr(facturx, "_get_pdf_timestamp", lambda date=None: "D:20991231235959+00'00'")
    monkeypatch.setattr(facturx, "_get_metadata_timestamp", lambda: "2099-12-31T23:59:59+00:00")


def test_the_page_is_pdf_a_3b_with_the_xml_inside() -> None:
    document = DOCUMENTS["german_open"]
    reader = PdfReader(BytesIO(render_pdf(document).pdf))
    assert reader.attachments["factur-x.xml"] == [render_xml(document)]
    catalog: Any = reader.trailer["/Root"]
    said = catalog["/Metadata"].get_object().get_data().decode()
    for words in (
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
        "2026-11-23T12:00:00+00:00",
        "Rechnung INV-2026-000001",
    ):
        assert words in said, words
    attached: Any = catalog["/AF"][0].get_object()
    assert attached["/AFRelationship"] == "/Alternative"
    assert catalog["/Lang"] == "de"
    assert catalog["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"


def test_a_draft_is_a_page_without_xml_and_says_why() -> None:
    rendered = made("draft")
    assert rendered.warnings == ("There is no EN 16931 invoice inside. It is a draft: it has no number.",)
    assert "Rechnung Entwurf" in pages(rendered)[0]
    assert PdfReader(BytesIO(rendered.pdf)).attachments == {}


def a_png() -> bytes:
    """A picture of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\x7f")) + chunk(b"IEND", b"")


def test_a_logo_takes_the_place_of_the_name() -> None:
    with_logo = PdfReader(BytesIO(render_pdf(DOCUMENTS["german_open"], logo=a_png()).pdf))
    assert len(with_logo.pages[0].images) == 1
    assert not PdfReader(BytesIO(made("german_open").pdf)).pages[0].images


@pytest.mark.parametrize("logo", [b"", b"GIF89a", a_png()[:40]])
def test_a_logo_that_cannot_be_read_is_told_and_left_out(logo: bytes) -> None:
    rendered = render_pdf(DOCUMENTS["german_open"], logo=logo)
    assert rendered.warnings == ("The logo cannot be read: the name stands in its place.",)
    assert rendered.pdf == made("german_open").pdf


def test_a_preview_is_a_picture_of_each_page() -> None:
    pictures = preview(DOCUMENTS["forty_lines"], ppi=20)
    assert [picture[:4] for picture in pictures] == [b"\x89PNG", b"\x89PNG"]


def test_a_locale_that_is_not_known_speaks_its_language_or_english() -> None:
    (text,) = pages(render_pdf(issued(beans(), locale="de-XX")))
    assert "Rechnung INV-2026-000001" in text and "23. November 2026" in text
    (text,) = pages(render_pdf(issued(beans(), locale="xx")))
    assert "Invoice INV-2026-000001" in text and "November 23, 2026" in text


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("typst", "typst"),
        ("babel", "babel"),
        ("facturx", "factur-x"),
        ("drafthorse.models.document", "drafthorse"),
    ],
)
def test_without_the_extra_the_error_names_the_command(
    module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotInstalled) as refused:
        render_pdf(replace(DOCUMENTS["german_open"]))
    assert str(refused.value) == (
        f"{package} is not installed, and files of invoices need it. "
        'Install it with: pip install "flint-orders[invoices]"'
    )


@pytest.mark.parametrize("name", sorted(set(DOCUMENTS) - {"hostile"}))
def test_a_document_that_was_written_down_and_read_again_is_the_same_document(name: str) -> None:
    """It will be kept as JSON: nothing of it may be worked out from anything else. (Half characters, which the hostile
    one has, never get in.)"""
    adapter = TypeAdapter(Document)
    document = DOCUMENTS[name]
    assert adapter.validate_json(adapter.dump_json(document)) == document
