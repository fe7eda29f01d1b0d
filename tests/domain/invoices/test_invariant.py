"""Over any life of an order, its documents say what it came to: in money, and by group of tax."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from flint_domain.invoices.model import TaxKey
from flint_domain.invoices.positions import positions
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import percent_of
from flint_domain.kernel.periods import Period
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem
from flint_domain.order.amendments.rules import Means, becoming, reprice
from flint_domain.order.fulfillment.counting import returnable, unfulfilled
from flint_domain.order.fulfillment.rules import Units
from flint_domain.order.inputs import Amount, ChargeInput, LineChange, LineInput, OrderUpdate
from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from flint_domain.order.prorating import cut
from flint_domain.order.refunds.model import DIFFERENCE, MOVED, RefundPart
from flint_domain.order.refunds.rules import RefundItem, RefundRequest
from tests.domain import values
from tests.domain.invoices.lives import DECLINED, PENDING, SUCCEEDED, Life, by_group, moved, particulars_of

NOVEMBER = Period(
    start=date(2026, 11, 1), end=date(2026, 12, 1), grid_start=date(2026, 11, 1), grid_end=date(2026, 12, 1)
)
RATES = (values.SALES_8, values.CITY, values.VAT_19, values.VAT_7)
answers = st.sampled_from([SUCCEEDED, SUCCEEDED, PENDING, DECLINED])
amounts = st.integers(0, 30_000)
rate_ids = st.sampled_from([None, (), ("txr_8",), ("txr_19",), ("txr_8", "txr_city"), ("txr_7",)])

Step = Callable[[st.DataObject, Life], None]


class Idle(Exception):
    """The order has nothing that this step could be about."""


def pick(data: st.DataObject, options: Iterable[str]) -> str:
    choices = sorted(options)
    if not choices:
        raise Idle
    return data.draw(st.sampled_from(choices))


def a_line(data: st.DataObject, life: Life) -> str:
    return pick(data, [line.line_id for line in life.order.lines])


def adds(data: st.DataObject, life: Life) -> None:
    line = LineInput(
        name="more",
        quantity=Decimal(data.draw(st.integers(1, 4))),
        unit_price=Amount(amount=data.draw(amounts)),
        tax_rate_ids=data.draw(rate_ids),
    )
    life.amend(OrderUpdate(add=(line,)), answer=data.draw(answers))


def changes(data: st.DataObject, life: Life) -> None:
    change = LineChange(
        line_id=a_line(data, life),
        quantity=data.draw(st.one_of(st.none(), st.integers(1, 6).map(Decimal))),
        unit_price=data.draw(st.one_of(st.none(), amounts.map(lambda amount: Amount(amount=amount)))),
    )
    life.amend(OrderUpdate(change=(change,)), answer=data.draw(answers))


def removes(data: st.DataObject, life: Life) -> None:
    life.amend(OrderUpdate(remove=(a_line(data, life),)), answer=data.draw(answers))


def charges(data: st.DataObject, life: Life) -> None:
    made = ChargeInput(name="Express", money=Amount(amount=data.draw(amounts)), taxable=data.draw(st.booleans()))
    life.amend(OrderUpdate(charges=(made,), tip=Amount(amount=data.draw(amounts))), answer=data.draw(answers))


def moves(data: st.DataObject, life: Life) -> None:
    taxes = data.draw(st.sampled_from([(), (values.SALES_8,), (values.VAT_19,), (values.VAT_7,)]))
    update, taxed = moved(data.draw(st.sampled_from(["DE", "AT", "US"])), *taxes)
    life.amend(update, taxes=taxed, answer=data.draw(answers))


def hands_over(data: st.DataObject, life: Life) -> None:
    life.hand_over(Units(line_id=pick(data, unfulfilled(life.order))))


def takes_back(data: st.DataObject, life: Life) -> None:
    keep = data.draw(st.one_of(st.none(), st.integers(1, 900)))
    kept = None if keep is None else KeepMoney(name="restocking", money=Amount(amount=keep))
    quantity = data.draw(st.sampled_from([None, Decimal(1)]))
    item = ReturnItem(line_id=pick(data, returnable(life.order)), quantity=quantity)
    life.take_back(item, keep=kept, answer=data.draw(answers))


def exchanges(data: st.DataObject, life: Life) -> None:
    """One line against something else; the others that can come back are set off against it, or stay."""
    line_id = pick(data, returnable(life.order))
    replacement = LineInput(
        name="another", unit_price=Amount(amount=data.draw(amounts)), tax_rate_ids=data.draw(rate_ids)
    )
    others = [ReturnItem(line_id=each) for each in sorted(returnable(life.order)) if each != line_id]
    items = (ReturnItem(line_id=line_id, replacement=replacement), *data.draw(st.sampled_from([[], others])))
    life.take_back(*items, answer=data.draw(answers))


def refunds_amount(data: st.DataObject, life: Life) -> None:
    most = life.standing.money.refundable
    life.refund(RefundRequest(amount=data.draw(st.integers(1, max(1, most)))), data.draw(answers))


def refunds_units(data: st.DataObject, life: Life) -> None:
    quantity = data.draw(st.one_of(st.none(), st.just(Decimal(1))))
    life.refund(RefundRequest(items=(RefundItem(a_line(data, life), quantity),)), data.draw(answers))


def fails(data: st.DataObject, life: Life) -> None:
    life.fail_late(pick(data, [refund.refund_id for refund in life.order.refunds if refund.counts]))


CHANGES: tuple[Step, ...] = (adds, changes, removes, charges, moves)
GIVE_BACK: tuple[Step, ...] = (hands_over, takes_back, refunds_amount, refunds_units, fails)
STEPS: tuple[Step, ...] = (*CHANGES, *GIVE_BACK, hands_over, exchanges)


def live(data: st.DataObject, order: Order, *phases: tuple[Step, ...]) -> Iterator[Life]:
    """The order's life, seen after each step, with the steps of each phase. Those that the rules refuse, or that need
    what it does not have, are none."""
    life = Life(replace(order, order_id="ord_1"), RATES)
    life.pay()
    life.invoice()
    if data.draw(st.booleans()):
        life.hand_over(Units(line_id=a_line(data, life)))
    yield life
    drawn = (data.draw(st.lists(st.sampled_from(steps), min_size=2, max_size=8)) for steps in phases)
    for step in chain.from_iterable(drawn):
        with suppress(Refused, Idle):
            step(data, life)
        yield life


def said(life: Life) -> int:
    return sum(document.sign * document.total for document in life.documents)


@given(values.orders, st.data())
def test_what_documents_say_was_sold_is_what_was_paid_and_not_given_back(order: Order, data: st.DataObject) -> None:
    for life in live(data, order, STEPS):
        money = life.standing.money
        owed = money.outstanding - money.overpaid
        assert said(life) == money.paid - money.refunded + owed


@given(values.orders, st.data())
def test_by_group_the_documents_are_the_order_less_what_was_given_back(order: Order, data: st.DataObject) -> None:
    """Where nothing that was given back is priced anew: then it is worth what it was (order.lifecycle.given_back)."""
    for life in live(data, order, CHANGES, GIVE_BACK):
        assert by_group(life.documents) == expected(life)


@given(values.orders, st.data())
def test_the_tax_of_a_group_is_its_rate_but_for_a_cent_for_each_document(order: Order, data: st.DataObject) -> None:
    for life in live(data, order, STEPS):
        for key, (base, tax) in by_group(life.documents).items():
            assert abs(tax - percent_of(base, key.percent)) <= len(life.documents)


@given(values.orders, st.data())
def test_periods_that_are_cut_are_given_up_in_money_and_by_group_however_much_is_paid(
    order: Order, data: st.DataObject
) -> None:
    days = (line if data.draw(st.booleans()) else replace(line, period=NOVEMBER) for line in order.lines)
    order = replace(order, order_id="ord_1", lines=tuple(days))
    total = standing(order).priced.total
    paid = data.draw(st.sampled_from([0, total // 3, total]))
    life = Life(replace(order, payments=(values.captured(paid),) if paid else ()))
    life.invoice()
    for day in sorted(data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=3)), reverse=True):
        with suppress(Refused):
            to = becoming(cut(life.standing, date(2026, 11, day)))
            life.take(reprice(life.standing, to, means=Means(source="tok_visa"), moment=life.moment))
        money = life.standing.money
        assert said(life) == money.paid - money.refunded + money.outstanding - money.overpaid
        assert by_group(life.documents) == expected(life)


def expected(life: Life) -> dict[TaxKey, tuple[int, int]]:
    """By group: base and tax of the order's positions, less the parts that refunds gave back for them and those that
    were set off against replacements."""
    order, given = life.standing, particulars_of(life.order)
    lines = positions(order, given.taxation, given.locale)
    sums: dict[TaxKey, tuple[int, int]] = {}

    def count(key: TaxKey, base: int, tax: int) -> None:
        before = sums.get(key, (0, 0))
        sums[key] = (before[0] + base, before[1] + tax)

    for line in lines.values():
        count(line.key, line.net, line.tax)
    for part in gone_back(life.order):
        count(lines[part.of].key, -part.net, -part.tax)
    return {key: amounts for key, amounts in sums.items() if amounts != (0, 0)}


def gone_back(order: Order) -> list[RefundPart]:
    parts = [part for refund in order.refunds if refund.counts for part in refund.parts]
    parts += [part for returned in order.returns for part in returned.credits]
    return [part for part in parts if part.of not in (DIFFERENCE, MOVED)]
