"""Documents of every look, which tests set and people look at: `python -m tests.server.documents.gallery FOLDER`."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from flint_domain.invoices.model import Document, Means, Party, PostalAddress
from flint_domain.invoices.particulars import Drafting, Particulars
from flint_domain.invoices.rules import invoice_of, voided
from flint_domain.invoices.taxation import taxation_of
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.periods import Period
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_domain.order.lines import Charge, Modifier
from flint_domain.order.model import Order
from flint_domain.order.refunds.rules import RefundItem, RefundRequest
from flint_domain.order.tax.model import Tax
from flint_server.documents.pdf import preview, render_pdf
from tests.domain.invoices.lives import SELLER, Books, Life
from tests.domain.values import NOW, an_order, captured, line

VAT_19 = Tax(tax_rate_id="txr_19", name="USt", percent=Decimal(19))
VAT_7 = Tax(tax_rate_id="txr_7", name="USt", percent=Decimal(7))
INCLUSIVE = Tax(tax_rate_id="txr_in", name="VAT", percent=Decimal(20), inclusive=True)
MERCHANT = replace(
    SELLER,
    name="Flint & Söhne Werkstätten GmbH",
    register="Amtsgericht Hamburg, HRB 12345",
    email="rechnung@example.com",
    phone="+49 40 123456",
    contact="Grete Hermann",
)
COMPANY = Party(
    name="Nordlicht Kaffeerösterei AG",
    address=PostalAddress(country="DE", line1="Speicherstadt 12", postal_code="20457", city="Hamburg"),
    vat_id="DE811907980",
    business=True,
)
TRANSFER = Means(kind="transfer", iban="DE02120300000000202051", bic="BYLADEM1001", bank="Deutsche Kreditbank")
NOVEMBER = Period(
    start=date(2026, 11, 1), end=date(2026, 12, 1), grid_start=date(2026, 11, 1), grid_end=date(2026, 12, 1)
)
CARD = Means(kind="card", brand="visa", last4="4242")


def drafting(
    order: Order,
    *,
    seller: Party = MERCHANT,
    buyer: Party = COMPANY,
    locale: str = "de",
    means: Means | None = None,
    memo: str | None = None,
    **references: str,
) -> Drafting:
    particulars = Particulars(
        seller=seller,
        buyer=buyer,
        taxation=taxation_of(seller, buyer, order, locale=locale),
        locale=locale,
        means=means,
        memo=memo,
        buyer_reference=references.get("buyer_reference"),
        purchase_order=references.get("purchase_order"),
    )
    ids = iter(range(1, 99))
    return Drafting(particulars, Moment(now=NOW, new_id=lambda prefix: f"{prefix}_{next(ids)}"))


def issued(order: Order, **fields: Any) -> Document:
    """The order's invoice, of a drafting that is made of these fields."""
    return issued_as(order, drafting(order, **fields))


def issued_as(order: Order, given: Drafting) -> Document:
    return Books().issue(invoice_of(order, given), ())


def beans(**fields: Any) -> Order:
    """Coffee at 7 %, a grinder at 19 %, and shipping."""
    lines = (
        line(0, 1490, name="Röstkaffee „Morgenstern“, 1 kg", quantity=Decimal(12), taxes=(VAT_7,), sku="KAF-MS-1000"),
        line(
            1,
            24_900,
            name="Kaffeemühle Modell 3",
            taxes=(VAT_19,),
            modifiers=(Modifier(name="Edelstahl", amount=2_000),),
            discount_percent=Decimal(10),
            sku="MUE-3-ES",
        ),
    )
    charge = Charge(charge_id="chg_1", name="Versand", amount=690, taxes=(VAT_19,))
    return an_order(
        order_id="ord_01JDQ5", reference="B-2026-0815", currency="EUR", lines=lines, charges=(charge,), **fields
    )


def english(**fields: Any) -> Order:
    lines = (
        line(0, 12_000, name="Pro plan", quantity=Decimal(3), taxes=(INCLUSIVE,), period=NOVEMBER),
        line(1, 4_999, name="Onboarding session", taxes=(INCLUSIVE,)),
    )
    return an_order(order_id="ord_01JDQ6", currency="EUR", lines=lines, tip=500, **fields)


def within_the_union(locale: str = "en") -> Document:
    """Goods to a business in France: both VAT ids, where and when they were delivered."""
    paris = PostalAddress(country="FR", line1="1 rue de Rivoli", postal_code="75001", city="Paris")
    buyer = Party(name="Café Paris SARL", address=paris, vat_id="FR40303265045", business=True)
    shipped = Address(country="FR", line1="2 quai de la Loire", postal_code="75019", city="Paris")
    given = drafting(beans(tax_exempt=True, shipping_address=shipped), buyer=buyer, locale=locale, means=TRANSFER)
    to = Party(name="Café Paris, entrepôt", address=PostalAddress(country="FR", line1=shipped.line1, city="Paris"))
    where = replace(given.particulars, ship_to=to, delivered_on=date(2026, 11, 20))
    return issued_as(beans(tax_exempt=True, shipping_address=shipped), replace(given, particulars=where))


def gallery() -> Iterator[tuple[str, Document]]:
    references = {"purchase_order": "4500012345", "buyer_reference": "KST 710"}
    yield "german_open", issued(beans(), means=TRANSFER, **references)
    paid = beans(payments=(captured(52_000),))
    memo = "Vielen Dank für Ihren Auftrag!\nRückgabe innerhalb von 30 Tagen."
    yield "german_paid", issued(paid, means=CARD, memo=memo)
    ada = Party(name="Ada Lovelace", address=PostalAddress(country="GB", line1="12 St James's Square", city="London"))
    some = english(payments=(captured(10_000),))
    yield "english_partly_paid", issued(some, buyer=ada, locale="en-GB", means=CARD)
    life = Life(beans())
    life.pay()
    life.invoice()
    life.refund(RefundRequest(items=(RefundItem("li_0", Decimal(2)),)))
    yield "english_credit_note", life.documents[-1]
    life.amend(OrderUpdate(add=(LineInput(name="Filter", unit_price=Amount(amount=990), tax_rate_ids=()),)))
    yield "english_further_invoice", life.documents[-1]
    many = an_order(
        order_id="ord_01JDQ7",
        currency="EUR",
        lines=tuple(
            line(
                number,
                1_250 + 7 * number,
                name=f"Artikel {number + 1}",
                quantity=Decimal(1 + number % 5),
                taxes=(VAT_19,),
            )
            for number in range(40)
        ),
    )
    yield "forty_lines", issued(many, means=TRANSFER)
    for name, buyer, article in (
        ("japanese", ("株式会社日本コーヒー", "東京都渋谷区神南一丁目", "150-0041", "東京", "JP"), "珈琲豆 深煎り"),
        ("chinese", ("北京咖啡有限公司", "朝阳区建国路88号", "100022", "北京市", "CN"), "咖啡豆 直营"),
        ("korean", ("주식회사 한국커피", "서울특별시 강남구 테헤란로 1", "06232", "서울", "KR"), "커피 원두"),
        ("arabic", ("شركة النور للقهوة", "شارع الملك فهد ١٢", "11564", "الرياض", "SA"), "قهوة عربية 1 kg"),
        ("hebrew", ("קפה תל אביב בע״מ", "רחוב דיזנגוף 50", "64332", "תל אביב", "IL"), "קפה קלוי"),
        ("thai", ("บริษัท กาแฟไทย จำกัด", "ถนนสุขุมวิท 21", "10110", "กรุงเทพฯ", "TH"), "เมล็ดกาแฟคั่ว"),
    ):
        who, street, code, city, country = buyer
        address = PostalAddress(country=country, line1=street, postal_code=code, city=city)
        far = an_order(
            order_id="ord_01JDQ8",
            currency="EUR",
            lines=(line(0, 1_490, name=article, quantity=Decimal(4), taxes=()),),
            tax_exempt=True,
            shipping_address=Address(country=country, line1=street, city=city),
            payments=(captured(5_960),),
        )
        yield (
            name,
            issued(far, buyer=Party(name=who, address=address), locale="en", means=CARD),
        )
    long = an_order(
        order_id="ord_01JDQ9",
        currency="EUR",
        lines=(
            line(
                0,
                123_456_789,
                name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
                quantity=Decimal("1234.5678"),
                taxes=(VAT_19,),
            ),
            line(1, 1, name="W" * 300, taxes=(VAT_19,), quantity=Decimal("0.0001")),
            line(2, 3_000, name="A name of many words, " * 12, taxes=(VAT_19,)),
        ),
    )
    wordy = Party(
        name="Gesellschaft für außerordentlich lange und nur mit Mühe unterzubringende Firmennamen mbH & Co. KGaA",
        address=PostalAddress(
            country="AT", line1="X" * 120, line2="Hinterhaus, 3. Stiege, Tür 17", postal_code="1010", city="Wien"
        ),
        vat_id="ATU12345675",
        business=True,
    )
    yield "long_words", issued(long, buyer=wordy, means=TRANSFER)
    free = an_order(
        order_id="ord_01JDQA", currency="JPY", lines=(line(0, 0, name="Sample", taxes=(INCLUSIVE,)),), settled_free=True
    )
    yield "zero_total", issued(free, locale="en")
    open_ = issued(beans(), means=TRANSFER)
    again = replace(drafting(beans()), issued=(open_,))
    yield "void", Books().issue(voided(open_, again), (open_,))
    hostile = an_order(
        order_id="ord_01JDQB",
        currency="EUR",
        lines=(
            line(
                0,
                100,
                name='#eval("1") *bold* $x^2$ @ref <label> \\ // /* #image("/etc/passwd") ${x} {{y}}',
                taxes=(VAT_19,),
            ),
            line(1, 100, name="</ram:Name><script>&amp;\x00\x0b\x1f ]]> \ud800", taxes=(VAT_19,)),
            line(2, 100, name="No font has \U00010a60 \U00013000 \ue000 this", taxes=(VAT_19,)),
        ),
    )
    yield "hostile", issued(hostile, means=TRANSFER, memo='#panic("x")\n= Heading')
    yield "within_the_union", within_the_union()
    yield "draft", invoice_of(beans(), drafting(beans(), means=TRANSFER))


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in gallery():
        rendered = render_pdf(document)
        (folder / f"{name}.pdf").write_bytes(rendered.pdf)
        for number, png in enumerate(preview(document), start=1):
            (folder / f"{name}-{number}.png").write_bytes(png)
        print(name, len(rendered.pdf), *rendered.warnings)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
