"""What is on an invoice and on a credit note, example by example."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.invoices.model import Document, Party, PostalAddress
from flint_domain.invoices.rules import documents_of_change, is_invoiced, voided
from flint_domain.invoices.taxation import taxation_of
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.periods import Period
from flint_domain.order.amendments.returning import ReturnItem
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from flint_domain.order.lifecycle import standing
from flint_domain.order.lines import Charge, Line, Modifier
from flint_domain.order.model import Change, Order
from flint_domain.order.prorating import cut
from flint_domain.order.refunds.rules import RefundItem, RefundRequest
from flint_domain.order.tax.model import Tax
from tests.domain.invoices.lives import BUYER, DECLINED, PENDING, SELLER, Life, by_group, moved
from tests.domain.values import CITY, SALES_8, VAT_7, VAT_19, an_order, coupon, line

DE_19 = Tax(tax_rate_id="txr_de", name="USt", percent=Decimal(19))
DE_7 = Tax(tax_rate_id="txr_de_7", name="USt", percent=Decimal(7))
AT_20 = Tax(tax_rate_id="txr_at", name="USt AT", percent=Decimal(20))
JULY = Period(start=date(2026, 7, 1), end=date(2026, 8, 1), grid_start=date(2026, 7, 1), grid_end=date(2026, 8, 1))

Rows = list[tuple[str, str, str, int, int]]


def rows(document: Document) -> Rows:
    """Name, quantity, unit price, net and tax of each position."""
    return [
        (each.name, f"{each.quantity:f}", f"{each.unit_price or Decimal(0):f}", each.net, each.tax)
        for each in document.lines
    ]


def euros(*lines: Line, **fields: Any) -> Order:
    return an_order(currency="EUR", lines=lines, **fields)


def groups(document: Document) -> list[tuple[str, str, int, int]]:
    return [(group.key.category, f"{group.key.percent:f}", group.base, group.tax) for group in document.groups]


def paid(order: Order, *rates: Tax) -> Life:
    life = Life(order, rates)
    life.pay()
    life.invoice()
    return life


def test_an_invoice_has_prices_without_tax_the_discount_and_the_tax_of_each_rate() -> None:
    order = euros(
        line(0, 10_000, name="Mug", quantity=Decimal(3), taxes=(DE_19,), discount_percent=Decimal(10)),
        line(
            1,
            1_070,
            name="Book",
            quantity=Decimal(2),
            taxes=(VAT_7,),
            modifiers=(Modifier(name="Signed", amount=0),),
        ),
        charges=(Charge(charge_id="chg_1", name="Shipping", amount=500, taxes=(DE_19,)),),
        tip=250,
    )
    document = paid(order).documents[0]
    assert rows(document) == [
        ("Mug", "3", "10000", 27_000, 5_130),
        ("Book", "2", "1000", 2_000, 140),
        ("Shipping", "1", "500", 500, 95),
        ("Tip", "1", "250", 250, 0),
    ]
    assert (document.lines[0].gross, document.lines[0].discount) == (30_000, 3_000)
    assert document.lines[1].description == "Signed"
    assert groups(document) == [("S", "19", 27_500, 5_225), ("S", "7", 2_000, 140), ("E", "0", 250, 0)]
    assert (document.net, document.tax, document.total) == (29_750, 5_365, 35_115)
    assert (document.prepaid, document.due, document.number) == (35_115, 0, "INV-2026-000001")


def test_a_discount_on_a_price_with_tax_is_without_tax_too() -> None:
    order = an_order(lines=(line(0, 11_900, name="Mug", taxes=(VAT_19,), discount_amount=1_190),))
    document = paid(order).documents[0]
    (mug,) = document.lines
    assert (mug.gross, mug.discount, mug.net, mug.tax) == (10_000, 1_000, 9_000, 1_710)


def test_an_order_that_was_invoiced_before_it_was_paid_has_all_of_it_due() -> None:
    life = Life(euros(line(0, 10_000, taxes=(DE_19,))))
    document = life.invoice()
    assert (document.total, document.prepaid, document.due) == (11_900, 0, 11_900)
    assert document.due_on == date(2026, 12, 7)


def test_an_invoice_that_comes_late_is_of_what_was_not_given_back() -> None:
    life = Life(euros(line(0, 10_000, name="Mug", quantity=Decimal(2), taxes=(DE_19,))))
    life.pay()
    life.refund(RefundRequest(items=(RefundItem("li_0", Decimal(1)),)))
    document = life.invoice()
    assert rows(document) == [("Mug", "2", "10000", 20_000, 3_800), ("Mug", "-1", "10000", -10_000, -1_900)]
    assert groups(document) == [("S", "19", 10_000, 1_900)]
    life.fail_late(life.order.refunds[0].refund_id)
    assert [(each.kind, each.cause, each.total) for each in life.documents[1:]] == [
        ("invoice", "refund_failed", 11_900)
    ]


def test_what_rose_is_on_a_further_invoice_and_what_fell_on_a_credit_note() -> None:
    order = euros(
        line(0, 10_000, name="Mug", quantity=Decimal(2), taxes=(DE_19,)),
        line(1, 2_000, name="Book", quantity=Decimal(3), taxes=(DE_7,)),
    )
    life = paid(order, DE_19, DE_7)
    life.amend(
        OrderUpdate(
            change=(
                LineChange(line_id="li_0", quantity=Decimal(5)),
                LineChange(line_id="li_1", quantity=Decimal(1)),
            )
        )
    )
    further, note = life.documents[1:]
    assert (further.kind, note.kind) == ("invoice", "credit_note")
    assert rows(further) == [("Mug", "3", "10000", 30_000, 5_700)]
    assert rows(note) == [("Book", "2", "2000", 4_000, 280)]
    assert (further.total, note.total) == (35_700, 4_280)
    for document in (further, note):
        assert document.reason == "The order was changed"
        assert [before.number for before in document.preceding] == ["INV-2026-000001"]
        assert document.subject == life.order.amendments[0].amendment_id
    assert note.number == "CN-2026-000001" and further.number == "INV-2026-000002"


def test_a_line_that_is_replaced_comes_off_with_a_negative_quantity_and_never_a_negative_price() -> None:
    life = paid(euros(line(0, 10_000, name="Basic", taxes=(DE_19,))), DE_19)
    bigger = LineInput(name="Pro", unit_price=Amount(amount=30_000), tax_rate_ids=("txr_de",))
    life.amend(OrderUpdate(add=(bigger,), remove=("li_0",)))
    (further,) = life.documents[1:]
    assert rows(further) == [("Basic", "-1", "10000", -10_000, -1_900), ("Pro", "1", "30000", 30_000, 5_700)]
    assert further.total == 23_800


def test_another_price_of_the_same_units_is_one_position() -> None:
    life = paid(euros(line(0, 10_000, name="Mug", taxes=(DE_19,))), DE_19)
    life.amend(OrderUpdate(change=(LineChange(line_id="li_0", unit_price=Amount(amount=9_000)),)))
    (note,) = life.documents[1:]
    assert rows(note) == [("Mug", "1", "1000", 1_000, 190)]
    assert note.lines[0].description == "difference in price"


def test_the_tax_of_a_difference_is_the_orders_after_less_before_though_its_rate_is_a_cent_beside() -> None:
    life = paid(euros(line(0, 1_003, name="Mug", taxes=(DE_19,))), DE_19)
    assert life.documents[0].tax == 191  # 190.57
    life.amend(OrderUpdate(change=(LineChange(line_id="li_0", quantity=Decimal(2)),)))
    (further,) = life.documents[1:]
    assert groups(further) == [("S", "19", 1_003, 190)]  # 381.14 - 191; by itself it would be 191


def test_another_country_moves_everything_from_one_group_to_another() -> None:
    order = euros(
        line(0, 10_000, name="Mug"),
        default_taxes=(DE_19,),
        shipping_address=Address(country="DE"),
    )
    life = paid(order)
    update, taxes = moved("AT", AT_20)
    life.amend(update, taxes=taxes)
    further, note = life.documents[1:]
    assert groups(further) == [("S", "20", 10_000, 2_000)]
    assert groups(note) == [("S", "19", 10_000, 1_900)]
    assert by_group(life.documents) == {further.groups[0].key: (10_000, 2_000)}


def test_a_change_that_costs_the_same_in_every_group_makes_no_document() -> None:
    life = paid(euros(line(0, 1_000, taxes=(DE_19,)), line(1, 500, taxes=(DE_19,))), DE_19)
    twice = LineInput(name="Two halves", unit_price=Amount(amount=500), quantity=Decimal(2), tax_rate_ids=("txr_de",))
    life.amend(OrderUpdate(add=(twice,), remove=("li_0",)))
    assert life.order.amendments[0].state == "made"
    assert len(life.documents) == 1


def test_a_change_whose_money_is_refused_makes_no_document() -> None:
    life = paid(euros(line(0, 1_000, taxes=(DE_19,)), line(1, 500, taxes=(DE_19,))))
    life.amend(OrderUpdate(remove=("li_1",)), answer=DECLINED)
    assert life.order.amendments[0].state == "dropped"
    assert len(life.documents) == 1


@pytest.mark.parametrize("answer", [PENDING, None])
def test_a_refund_makes_a_credit_note_of_its_parts_when_it_is_through_or_on_its_way(answer: object) -> None:
    order = euros(
        line(0, 10_000, name="Mug", quantity=Decimal(2), taxes=(DE_19,)),
        line(1, 1_000, name="Book", taxes=(DE_7,)),
    )
    life = paid(order)
    request = RefundRequest(items=(RefundItem("li_0", Decimal(1)), RefundItem("li_1")))
    life.refund(request, PENDING) if answer else life.refund(request)
    (note,) = life.documents[1:]
    assert (note.kind, note.cause, note.reason) == ("credit_note", "refund", "Refund")
    assert rows(note) == [("Mug", "1", "10000", 10_000, 1_900), ("Book", "1", "1000", 1_000, 70)]
    assert (note.total, note.due) == (12_970, 0)
    assert note.refund_ids == (life.order.refunds[0].refund_id,)
    assert [before.number for before in note.preceding] == ["INV-2026-000001"]


def test_a_refund_that_was_refused_makes_no_document() -> None:
    life = paid(euros(line(0, 10_000, taxes=(DE_19,))))
    life.refund(RefundRequest(amount=500), DECLINED)
    assert len(life.documents) == 1


def test_the_refund_of_a_difference_makes_no_second_document() -> None:
    life = paid(euros(line(0, 1_000, taxes=(DE_19,)), line(1, 500, name="Book", taxes=(DE_19,))))
    life.amend(OrderUpdate(remove=("li_1",)))
    assert [refund.amount for refund in life.order.refunds] == [595]
    assert [(each.kind, each.cause, each.total) for each in life.documents[1:]] == [("credit_note", "change", 595)]


def test_a_refund_that_fails_later_is_taken_back_by_an_invoice_that_names_the_credit_note() -> None:
    life = paid(euros(line(0, 10_000, name="Mug", taxes=(DE_19,))))
    life.refund(RefundRequest(amount=1_190))
    life.fail_late(life.order.refunds[0].refund_id)
    note, again = life.documents[1:]
    assert again.kind == "invoice"
    assert rows(again) == rows(note) == [("Mug", "1", "1000", 1_000, 190)]
    assert [before.number for before in again.preceding] == [note.number] == ["CN-2026-000001"]
    assert again.reason == "The refund of CN-2026-000001 failed"
    assert by_group(life.documents) == {again.groups[0].key: (10_000, 1_900)}


def repriced_and_failed(before: tuple[Tax, ...], after: tuple[Tax, ...]) -> Life:
    """A line of 100.00 without tax is refunded, the order goes where other taxes are taken, and the refund fails."""
    lines = (line(0, 10_000, name="Mug"), line(1, 5_000, name="Book", taxes=()))
    life = paid(euros(*lines, default_taxes=before, shipping_address=Address(country="DE")))
    life.refund(RefundRequest(items=(RefundItem("li_0"),)))
    update, taxes = moved("AT", *after)
    life.amend(update, taxes=taxes)
    life.fail_late(life.order.refunds[0].refund_id)
    return life


def test_what_costs_less_by_now_is_taken_back_at_what_it_costs() -> None:
    """Paid 169.00; without the tax the order costs 150.00. The 19.00 are nobody's sale: they go back some day."""
    life = repriced_and_failed((DE_19,), ())
    *_, again = life.documents
    assert (again.cause, rows(again)) == ("refund_failed", [("Mug", "1", "10000", 10_000, 0)])
    assert life.standing.money.overpaid == 1_900
    assert sum(document.sign * document.total for document in life.documents) == 15_000


def test_what_costs_more_by_now_is_taken_back_without_what_the_buyer_is_not_asked_for() -> None:
    """Paid 150.00; with the tax the order costs 170.00, but nobody asks for 20.00 because a refund failed."""
    life = repriced_and_failed((), (AT_20,))
    *_, again = life.documents
    assert rows(again) == [("Mug", "1", "10000", 10_000, 2_000), ("Mug", "-1", "1667", -1_667, -333)]
    assert again.lines[1].description == "not charged"
    assert (life.order.waived, life.standing.money.outstanding) == (2_000, 0)
    assert sum(document.sign * document.total for document in life.documents) == 15_000


def test_what_went_back_under_other_taxes_holds_its_share_of_the_taxes_of_now() -> None:
    """Three mugs for 119.00 each without tax, one of them refunded; then the price holds 19 %. What is kept is two mugs
    of 100.00 and 19.00, and the documents end at nothing when those go back, too."""
    order = euros(line(0, 11_900, name="Mug", quantity=Decimal(3)), shipping_address=Address(country="US"))
    life = paid(order)
    life.refund(RefundRequest(items=(RefundItem("li_0", Decimal(1)),)))
    update, taxes = moved("DE", VAT_19)
    life.amend(update, taxes=taxes)
    (group,) = by_group(life.documents).values()
    assert group == (20_000, 3_800)
    life.refund(RefundRequest())
    assert groups(life.documents[-1]) == [("S", "19", 20_000, 3_800)]
    assert by_group(life.documents) == {}


def test_a_refund_that_failed_is_taken_back_once() -> None:
    life = paid(euros(line(0, 10_000, taxes=(DE_19,))))
    life.refund(RefundRequest(amount=1_190))
    life.fail_late(life.order.refunds[0].refund_id)
    before = len(life.documents)
    assert documents_of_change(life.order, life.order, life.drafting) == ()
    assert len(life.documents) == before


def test_a_return_makes_one_credit_note_and_an_exchange_the_difference_of_both() -> None:
    order = euros(
        line(0, 10_000, name="Mug", taxes=(DE_19,)),
        line(1, 2_000, name="Book", taxes=(DE_7,)),
    )
    life = paid(order, DE_19, DE_7)
    life.hand_over()
    life.take_back(ReturnItem(line_id="li_1"))
    (note,) = life.documents[1:]
    assert rows(note) == [("Book", "1", "2000", 2_000, 140)]
    cup = LineInput(name="Cup", unit_price=Amount(amount=12_000))
    life.take_back(ReturnItem(line_id="li_0", replacement=cup))
    (further,) = life.documents[2:]
    assert rows(further) == [("Mug", "-1", "10000", -10_000, -1_900), ("Cup", "1", "12000", 12_000, 2_280)]


def test_what_is_set_off_against_a_replacement_is_part_of_the_difference() -> None:
    order = euros(
        line(0, 5_000, name="Mug", taxes=(DE_19,)),
        line(1, 10_000, name="Book", taxes=(DE_7,)),
    )
    life = paid(order, DE_19, DE_7)
    life.hand_over()
    cup = LineInput(name="Cup", unit_price=Amount(amount=8_000))
    life.take_back(ReturnItem(line_id="li_0", replacement=cup), ReturnItem(line_id="li_1"))
    further, note = life.documents[1:]
    assert groups(further) == [("S", "19", 3_000, 570)]
    assert groups(note) == [("S", "7", 10_000, 700)]
    assert rows(note) == [("Book", "1", "10000", 10_000, 700)]
    assert life.order.refunds[0].amount == 10_700 - 3_570


def test_a_period_that_is_cut_gives_up_its_last_days() -> None:
    """100.00 for 31 days, cut after 10 of them: round(100.00 x 21 / 31) = 67.74 is given up, and its share of tax."""
    before = euros(line(0, 10_000, name="Plan", taxes=(DE_19,), period=JULY))
    life = Life(before)
    life.invoice()
    after = cut(standing(before), date(2026, 7, 11))
    (note,) = documents_of_change(before, after, life.drafting)
    assert rows(note) == [("Plan", "1", "6774", 6_774, 1_287)]
    (plan,) = note.lines
    assert (plan.period and (plan.period.first, plan.period.last)) == (date(2026, 7, 11), date(2026, 7, 31))
    assert plan.description == "given back"
    assert (life.documents[0].lines[0].period and life.documents[0].lines[0].period.last) == date(2026, 7, 31)


def test_a_stub_says_how_many_days_of_its_period_it_is_for() -> None:
    stub = replace(JULY, start=date(2026, 7, 5))
    life = Life(euros(line(0, 3_100, name="Plan", taxes=(), period=stub)))
    (plan,) = life.invoice().lines
    assert (plan.net, plan.description) == (2_700, "27 of 31 days")


def test_void_takes_back_all_of_an_invoice_and_frees_the_order() -> None:
    life = Life(euros(line(0, 10_000, name="Mug", taxes=(DE_19,))))
    invoice = life.invoice()
    note = life.books.issue(voided(invoice, life.drafting), life.documents)
    assert (note.number, note.kind, note.reason) == ("CN-2026-000001", "credit_note", "Cancels INV-2026-000001")
    assert rows(note) == rows(invoice)
    assert (note.total, note.due) == (11_900, 0)
    assert [before.number for before in note.preceding] == ["INV-2026-000001"]
    assert by_group((invoice, note)) == {}
    assert is_invoiced((invoice,)) and not is_invoiced((invoice, note))
    after = replace(life.order, tip=500)
    assert documents_of_change(life.order, after, replace(life.drafting, issued=(invoice, note))) == ()


def test_void_does_not_take_back_twice_what_a_credit_note_took_back() -> None:
    before = euros(line(0, 10_000, name="Plan", taxes=(DE_19,), period=JULY))
    life = Life(before)
    invoice = life.invoice()
    life.take(Change(cut(standing(before), date(2026, 7, 11))))
    note = life.documents[1]
    cancelled = voided(invoice, life.drafting)
    assert cancelled.total == invoice.total - note.total
    assert by_group((invoice, note, life.books.issue(cancelled, life.documents))) == {}


def test_taxes_of_several_rates_on_one_line_are_one_group_of_their_sum() -> None:
    document = Life(an_order(lines=(line(0, 10_000, taxes=(SALES_8, CITY)),))).invoice()
    (group,) = document.groups
    assert (group.key.name, f"{group.key.percent:f}", group.key.rates) == ("Sales tax + City", "10.125", 2)
    assert (group.base, group.tax) == (10_000, 1_013)


def test_what_is_free_stands_with_the_rate_of_the_rest() -> None:
    document = Life(an_order(lines=(line(0, 10_000, taxes=(DE_19,)), line(1, 0, name="Sticker", taxes=())))).invoice()
    assert groups(document) == [("S", "19", 10_000, 1_900)]
    assert rows(document)[1] == ("Sticker", "1", "0", 0, 0)


def test_a_line_that_a_coupon_pays_keeps_its_price() -> None:
    order = an_order(
        lines=(line(0, 10_000, name="Mug", taxes=(DE_19,)),), coupons=(coupon("ALL", percent=Decimal(100)),)
    )
    (mug,) = Life(order).invoice().lines
    assert (mug.gross, mug.discount, mug.net, mug.tax) == (10_000, 10_000, 0, 0)


@pytest.mark.parametrize(
    ("seller", "buyer", "exempt", "shipped", "category"),
    [
        ("DE", Party(address=PostalAddress(country="DE")), False, None, "E"),
        ("DE", Party(address=PostalAddress(country="DE")), True, None, "E"),
        ("DE", Party(address=PostalAddress(country="FR"), vat_id="FR40303265045"), True, None, "AE"),
        ("DE", Party(address=PostalAddress(country="FR"), vat_id="FR40303265045"), True, "FR", "K"),
        ("DE", Party(address=PostalAddress(country="FR"), vat_id="FR40303265045"), False, "FR", "E"),
        ("DE", Party(address=PostalAddress(country="FR")), True, "FR", "E"),
        ("DE", Party(address=PostalAddress(country="US")), True, "US", "G"),
        ("DE", Party(address=PostalAddress(country="US")), True, None, "E"),
        ("US", Party(address=PostalAddress(country="DE")), False, None, "O"),
    ],
)
def test_why_there_is_no_tax_follows_from_where_the_parties_are(
    seller: str, buyer: Party, exempt: bool, shipped: str | None, category: str
) -> None:
    order = an_order(tax_exempt=exempt, shipping_address=Address(country=shipped) if shipped else None)
    home = replace(SELLER, address=PostalAddress(country=seller))
    untaxed = taxation_of(home, buyer, order, locale="en").untaxed
    assert untaxed.category == category


def test_the_merchants_own_sentence_is_the_reason_at_home() -> None:
    note = "Kleinunternehmer nach § 19 UStG"
    untaxed = taxation_of(SELLER, BUYER, an_order(), locale="de", note=note).untaxed
    assert (untaxed.category, untaxed.reason) == ("E", note)
