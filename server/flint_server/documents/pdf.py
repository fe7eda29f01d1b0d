"""The page of a document as PDF/A-3b, with the invoice that machines read inside where there can be one."""

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from flint_domain.invoices.missing import not_for_machines
from flint_domain.invoices.model import Document
from flint_server.documents.cii import render_xml
from flint_server.documents.extra import NotInstalled
from flint_server.documents.figures import plain
from flint_server.documents.fonts import folders
from flint_server.documents.page import page, title_of

REPLACEMENT = "\ufffd"
_LACKING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # of a draft


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF, and what a person should know about it: characters that no font has, why there is no XML inside."""

    pdf: bytes
    warnings: tuple[str, ...] = ()


def render_pdf(document: Document, logo: bytes | None = None) -> Rendered:
    """The page; the same bytes for the same document. logo is a PNG or JPEG.

    Neither a character that no font has (it is replaced) nor a logo that cannot be read (the name stands in its place)
    keeps a document from being issued: a warning names it. Raises NotInstalled without the extra.
    """
    page_ = _set(document, logo)
    if reasons := not_for_machines(document):
        why = (f"There is no EN 16931 invoice inside. {reason}" for reason in reasons)
        return Rendered(page_.pdf, (*page_.warnings, *why))
    return Rendered(_embedded(page_.pdf, document), page_.warnings)


def preview(document: Document, logo: bytes | None = None, *, ppi: float = 110) -> list[bytes]:
    """The pages as PNG images, for people who look at them."""
    made = _compile(_set(document, logo).data, document, "png", ppi)
    return [made] if isinstance(made, bytes) else list(made)


@dataclass(frozen=True, slots=True)
class _Set:
    """A page as it was set: its PDF, the data that it was made of, and what had to give way."""

    pdf: bytes
    data: str
    warnings: tuple[str, ...]


def _set(document: Document, logo: bytes | None) -> _Set:
    """The page without what cannot stand on it; the compiler names that."""
    typst, lacking, warnings = _typst(), set[str](), list[str]()
    while True:
        data = json.dumps(page(document, logo), ensure_ascii=False)
        for text in lacking:
            data = data.replace(text, REPLACEMENT)
        try:
            return _Set(_compile(data, document, "pdf"), data, tuple(warnings))
        except typst.TypstError as refused:
            said = str(refused.diagnostic)
            found = {_unescaped(text) for text in _LACKING.findall(said)} - {REPLACEMENT, *lacking}
            if logo is not None and "image" in said:
                logo = None
                warnings.append("The logo cannot be read: the name stands in its place.")
            elif not found:
                raise
        warnings += [f"No font has {_called(text)}: the page shows {REPLACEMENT} for it." for text in sorted(found)]
        lacking |= found


def _compile(data: str, document: Document, to: str, ppi: float | None = None) -> Any:
    compiler: Any = _typst().Compiler(input=_layout(), font_paths=_fonts(), sys_inputs={"document": data})
    standards = ["a-3b"] if to == "pdf" else []
    return compiler.compile(format=to, ppi=ppi, pdf_standards=standards, timestamp=int(_time_of(document).timestamp()))


def _typst() -> Any:
    try:
        return import_module("typst")
    except ModuleNotFoundError as missing:
        raise NotInstalled("typst") from missing


@cache
def _fonts() -> Any:
    paths = [str(folder) for folder in folders()]
    return _typst().Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


@cache
def _layout() -> bytes:
    return (files("flint_server.documents") / "invoice.typ").read_bytes()


def _time_of(document: Document) -> datetime:
    return document.issued_at or _UNDATED


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)


def _called(text: str) -> str:
    return ", ".join(f"U+{ord(each):04X} ({unicodedata.name(each, 'without a name')})" for each in text)


def _embedded(pages: bytes, document: Document) -> bytes:
    """The PDF with the XML inside, as Factur-X. The library writes the time of now; the document's takes its place."""
    try:
        facturx: Any = import_module("facturx")
    except ModuleNotFoundError as missing:
        raise NotInstalled("factur-x") from missing
    title = plain(title_of(document))
    made = facturx.generate_from_binary(
        pages,
        render_xml(document),
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        pdf_metadata={"title": title, "author": document.seller.name or "", "subject": title, "keywords": "Factur-X"},
        lang=document.locale,
        afrelationship="alternative",
        xmp_compression=False,
    )
    at = _time_of(document).astimezone(UTC)
    made = _PDF_TIME.sub(rb"\g<1>" + at.strftime("%Y%m%d%H%M%S").encode(), made)
    return _XMP_TIME.sub(at.strftime("%Y-%m-%dT%H:%M:%S+00:00").encode(), made)


_PDF_TIME = re.compile(rb"(D\\072)\d{14}")  # as the library writes "D:20261123120000": with the colon escaped
_XMP_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
