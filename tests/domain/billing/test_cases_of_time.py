"""Other people's lives of subscriptions: trials, pauses, changes, late workers, declined cards, day by day."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flint_domain.billing.changes import Wanted, worth_left
from flint_domain.billing.dunning import (
    Attempt,
    BillingTerms,
    GiveUp,
    NextAttempt,
    Unpaid,
    attempt_days,
    attempts,
    decide,
    is_hard,
)
from flint_domain.billing.model import Plan, Trial
from flint_domain.billing.renewals import Renew, Wait, next_step, starting_on
from flint_domain.billing.status import Billed
from flint_domain.kernel.periods import Interval, local_day
from flint_domain.order.endings import cancel
from flint_domain.order.lifecycle import standing
from flint_domain.order.payments.model import Decline
from flint_domain.order.tax.model import Tax
from tests.domain.billing.given import MOMENT, YEARLY, a_plan, subscribed, to
from tests.domain.billing.life import Life
from tests.domain.billing_cases import Cases, of_kind

NOT_COVERED = {
    "BIL-SEQ-023": "names no price; that only paid money comes back is asserted in test_cases_of_money.py",
    "BIL-DUN-015": "stages of blocked access are no part of the specification",
    "BIL-DUN-019": "amounts owed in several currencies are no part of the specification",
}
DECIDED_OTHERWISE = {
    "BIL-SEQ-003": "a pause is not backdated: the days until it were used",
    "BIL-SEQ-018": "another interval begins on the day of the change, which is the new anchor",
    "BIL-SEQ-020": "one difference of the order's tax, where documents rounded apart are a cent beside it",
    "BIL-SEQ-021": "for the same reason",
    "BIL-SEQ-025": "the day on which something ends is not used: theirs is what a cancel on the next day gives back",
    "BIL-SEQ-029": "a cancel at the end of the period lets attempts go on until then; one now ends them",
    "BIL-DUN-006": "the last attempt is made on the last day, and the end comes after it",
}


@pytest.fixture(scope="module")
def known(billing_cases: Cases) -> dict[str, tuple[Any, Any]]:
    return {case["id"]: (case["given"], case["expect"]) for case in billing_cases}


def life_of(
    plan: Plan, start: date, *, zone: str = "UTC", anchor_day: str | None = None, trial_days: int = 0, **fields: Any
) -> Life:
    first = start + timedelta(days=trial_days)
    trial = Trial(starts_on=start, ends_on=first) if trial_days else None
    subscription = subscribed(plan, first, anchor_day=anchor_day, zone=zone, trial=trial)
    subscription = replace(subscription, anchor_day=anchor_day)
    return Life({plan.plan_id: plan}, subscription, MOMENT.now, **fields)


def invoices(life: Life) -> list[list[object]]:
    return [[made.start.isoformat(), made.end.isoformat(), made.total] for made in life.made]


def steps_of(expect: dict[str, Any]) -> list[dict[str, Any]]:
    return expect["steps"]


# ── workers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_windows_in_which_a_renewal_is_due(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "due_window", 7):
        interval, zone, anchor = Interval(**given["interval"]), given["timeZone"], given["anchorDay"]
        plan = a_plan(1_000, interval=interval)
        start = local_day(datetime.fromisoformat(given["start"]), zone)
        life = life_of(plan, start, zone=zone, anchor_day=None if anchor is None else str(anchor))
        life.at(datetime.fromisoformat(given["runsBefore"][0]) - timedelta(days=1))
        for runs, count in (
            ("runsBefore", "invoicesBefore"),
            ("runsAt", "invoicesAt"),
            ("runsAfter", "invoicesAfter"),
        ):
            before = len(life.made)
            for instant in given[runs]:
                life.at(instant)
            assert len(life.made) - before == expect[count], (case_id, runs)


def test_workers_that_run_at_once_or_again(billing_cases: Cases) -> None:
    """Each is asked for the sequence that it saw: once that is made, nothing is due. The store holds it unique."""
    for case_id, given, expect in of_kind(billing_cases, "double_worker", 2):
        life = life_of(a_plan(1_000), date(2024, 1, 1))
        life.now = datetime(2024, 1, 1, 9, tzinfo=UTC)
        asked = [next_step(life.billed, life.terms) for _ in range(given.get("workers", given.get("sameJobQueued", 0)))]
        assert set(asked) == {Renew(sequence=1, on=date(2024, 1, 1))}, case_id
        life.at(life.now)
        assert isinstance(next_step(life.billed, life.terms), Wait), case_id
        assert (len(life.made), expect["invoices"], life.subscription.sequence) == (1, 1, 1), case_id


def test_a_worker_that_was_down_for_three_months(known: dict[str, tuple[Any, Any]]) -> None:
    given, _ = known["BIL-DUE-014"]
    life = life_of(a_plan(1_000), date(2024, 1, 1)).at("2024-01-01")
    life.now = datetime(2024, 1, 5, 12, tzinfo=UTC) + timedelta(days=given["workerDownDays"])
    step = next_step(life.billed, life.terms)
    assert step == Renew(sequence=2, on=date(2024, 2, 1), charge=False)
    life.at(life.now)
    assert [made.start for made in life.made[1:]] == [date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]
    assert [debt.sequence for debt in life.debts] == [2, 3, 4]  # made in order, and charged by a person


# ── lives ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pauses_that_give_credit(known: dict[str, tuple[Any, Any]]) -> None:
    given, expect = known["BIL-SEQ-001"]
    renew, pause, nothing, resume, again = steps_of(expect)
    life = life_of(a_plan(given["plan"]["priceMoney"]), date(2012, 3, 2), anchor_day="2").at(renew["at"])
    assert invoices(life) == renew["invoice"]
    life.at(pause["at"]).pause()
    assert life.wallet == pause["credit"]
    life.at(nothing["at"])
    assert len(life.made) == 1
    life.resume()
    assert (invoices(life)[1:], life.made[-1].from_credit) == (resume["invoice"], resume["paidFromCredit"])
    life.at(again["at"])
    assert (invoices(life)[2:], life.made[-1].from_credit) == (again["invoice"], again["paidFromCredit"])

    given, expect = known["BIL-SEQ-002"]
    life = life_of(a_plan(given["plan"]["priceMoney"]), date(2012, 3, 2)).at("2012-03-02")
    life.at("2012-03-05").pause()
    assert life.wallet == steps_of(expect)[1]["credit"]


def test_a_pause_is_not_backdated_and_a_resume_may_have_a_new_anchor(known: dict[str, tuple[Any, Any]]) -> None:
    given, expect = known["BIL-SEQ-003"]
    assert "BIL-SEQ-003" in DECIDED_OTHERWISE
    life = life_of(a_plan(given["plan"]["priceMoney"]), date(2016, 5, 1), pays=False).at("2016-05-01")
    made = life.at("2016-05-16").pause()
    assert (made.due, made.comes_back, life.debts[0].amount) == (-12_901, 0, 12_094)  # 16 of 31 days are owed no more
    life.pays = True
    life.resume(new_anchor=True)
    assert invoices(life)[1:] == steps_of(expect)[2]["invoice"]


def test_a_pause_in_the_middle_costs_the_days_of_it(known: dict[str, tuple[Any, Any]]) -> None:
    given, expect = known["BIL-DUN-016"]
    start = date.fromisoformat(given["periodStart"])
    life = life_of(a_plan(given["priceMoney"]), start, anchor_day="30").at(start)
    if life.made[0].end.isoformat() != given["periodEnd"]:  # the source's period ends on the 31st
        life = life_of(a_plan(given["priceMoney"]), start, anchor_day="31").at(start)
    life.at(given["blockedFrom"]).pause()
    given_back = life.wallet
    life.at(given["blockedTo"]).resume()
    assert given_back - life.made[-1].total == expect["creditMoney"]
    assert given["priceMoney"] - (given_back - life.made[-1].total) == expect["nextDueMoney"]
    assert life.made[-1].end.isoformat() == expect["nextRenewal"]


def test_trials(known: dict[str, tuple[Any, Any]]) -> None:
    dear, cheap = a_plan(59_995), a_plan(2_995, plan_id="plan_2")
    for case_id in ("BIL-SEQ-005", "BIL-SEQ-006"):
        given, expect = known[case_id]
        anchor = given.get("anchorDay")
        life = life_of(
            dear,
            date.fromisoformat(given["start"]),
            trial_days=given["trialDays"],
            anchor_day=None if anchor is None else str(anchor),
        )
        for number, step in enumerate(steps_of(expect)):
            before = len(life.made)
            if number == len(steps_of(expect)) - 1:
                period = life.subscription.period
                assert period is not None
                life.plans[cheap.plan_id] = cheap
                life.plan("change", period.end, _wanted(cheap))
            life.at(step["at"])
            assert invoices(life)[before:] == step["invoice"], case_id

    given, expect = known["BIL-SEQ-016"]
    at_noon = BillingTerms(billing_time=time(12, 12))
    life = life_of(a_plan(given["plan"]["priceMoney"]), date(2024, 3, 5), trial_days=10, anchor_day="1", terms=at_noon)
    for step in steps_of(expect):
        life.at(step["at"])
        assert invoices(life) == step.get("invoice", []), step

    given, expect = known["BIL-SEQ-017"]
    dear, dearer = a_plan(5_000_000), a_plan(10_000_000, plan_id="plan_2")
    life = life_of(dear, date(2024, 3, 5), trial_days=10, anchor_day="1", terms=at_noon)
    life.at(steps_of(expect)[0]["at"]).change(dearer)
    life.subscription = starting_on(life.subscription, date(2024, 3, 18))
    for step in steps_of(expect)[1:]:
        before = len(life.made)
        life.at(step["at"])
        assert invoices(life)[before:] == step.get("invoice", []), step

    given, expect = known["BIL-SEQ-031"]
    life = life_of(a_plan(given["priceMoney"]), date(2024, 3, 5), trial_days=14).at("2024-03-05")
    assert len(life.made) == steps_of(expect)[0]["chargedAtStart"]
    life.at("2024-03-19").at("2024-03-20")
    assert [made.total for made in life.made] == [steps_of(expect)[1]["chargedMoney"]]


def _wanted(plan: Plan) -> Wanted:
    return Wanted(to=to(plan), revision=plan.newest)


def test_changes_in_the_middle_and_what_credit_pays(known: dict[str, tuple[Any, Any]]) -> None:
    _, expect = known["BIL-SEQ-008"]
    renew, down, up, again = steps_of(expect)
    life = life_of(a_plan(59_995), date(2012, 5, 1)).at(renew["at"])
    assert invoices(life) == renew["invoice"]
    assert life.at(down["at"]).change(a_plan(995, plan_id="plan_2")).due == down["netMoney"]
    assert life.wallet == 47_581
    assert life.at(up["at"]).change(a_plan(2_995, plan_id="plan_3")).due == up["netMoney"]
    assert life.wallet == 46_032
    life.at(again["at"])
    assert (invoices(life)[1:], life.made[-1].from_credit) == (again["invoice"], again["paidFromCredit"])
    assert life.wallet == 43_037

    _, expect = known["BIL-SEQ-010"]
    first, same_day, end = steps_of(expect)
    life = life_of(a_plan(1_995), date(2012, 5, 1)).at(first["at"])
    assert invoices(life) == first["invoice"]
    assert life.change(a_plan(2_995, plan_id="plan_2")).due == same_day["chargeMoney"] - same_day["creditMoney"]
    assert life.cancel(refund=True).comes_back == end["creditMoney"]


def test_another_interval_is_a_new_anchor(known: dict[str, tuple[Any, Any]]) -> None:
    _, expect = known["BIL-SEQ-018"]
    *renewals, upgrade = steps_of(expect)
    life = life_of(a_plan(1_000), date(2023, 6, 29))
    for number, step in enumerate(renewals):
        assert invoices(life.at(step["at"]))[number:] == step["invoice"]
    before = life.at(upgrade["at"]).current
    assert before is not None
    assert worth_left(before, life.today) == upgrade["credit"]
    assert life.change(a_plan(12_000, interval=YEARLY, plan_id="plan_2")).due == 12_000 - upgrade["credit"]
    assert "BIL-SEQ-018" in DECIDED_OTHERWISE
    period = life.subscription.period
    assert period is not None
    assert (period.start, period.end) == (date(2023, 9, 28), date(2024, 9, 28))


def test_changes_of_an_order_with_tax(known: dict[str, tuple[Any, Any]]) -> None:
    vat = Tax(tax_rate_id="txr_25", name="VAT", percent=Decimal(25))
    for case_id, anchor in (("BIL-SEQ-020", "1"), ("BIL-SEQ-021", None)):
        _, expect = known[case_id]
        first, *changes = steps_of(expect)
        life = life_of(a_plan(1_000), date(2024, 3, 5), anchor_day=anchor, taxes=(vat,)).at("2024-03-05")
        assert life.current is not None
        assert life.current.priced.subtotal == first["invoiceNet"], case_id
        life.at("2024-03-12")
        for price, step in zip((1_500, 1_900), changes, strict=True):
            before = life.current
            made = life.change(a_plan(price, plan_id=f"plan_{price}"))
            assert before is not None
            assert life.current.priced.lines[-1].gross == step["invoiceNet"], case_id
            theirs = step["invoiceNet"] + (step["invoiceNet"] * 25 + 50) // 100 - step["creditNoteTotal"]
            assert abs(made.due - theirs) <= 1, case_id
        assert case_id in DECIDED_OTHERWISE


def test_ends(known: dict[str, tuple[Any, Any]]) -> None:
    for case_id in ("BIL-SEQ-012", "BIL-SEQ-013"):
        given, expect = known[case_id]
        subscribe, end = steps_of(expect)
        zone = given["timeZone"]
        start = local_day(datetime.fromisoformat(subscribe["at"]), zone)
        life = life_of(a_plan(1_000), start, zone=zone).at(subscribe["at"])
        period = life.subscription.period
        assert period is not None
        assert period.start.day == 1
        life.plan("cancel", period.end)
        life.at(end["at"]).at(datetime.fromisoformat(end["at"]) + timedelta(days=40))
        assert (life.wallet, len(life.made) - 1) == (end["credit"], end["invoices"]), case_id
        assert life.billed.status == "CANCELED"
        assert life.subscription.ended is not None
        assert life.subscription.ended.on == period.end, case_id

    for case_id in ("BIL-SEQ-015", "BIL-SEQ-026"):
        given, expect = known[case_id]
        life = life_of(a_plan(1_000), date(2015, 10, 1)).at("2015-09-01")
        life.cancel()
        life.at("2015-11-01")
        assert (life.made, life.billed.status) == ([], "CANCELED"), case_id

    given, expect = known["BIL-SEQ-025"]
    vat = Tax(tax_rate_id="txr_20", name="VAT", percent=Decimal(20))
    (step,) = steps_of(expect)
    plan = a_plan(given["plan"]["priceMoney"])
    life = life_of(plan, date(2025, 2, 8), anchor_day="1", taxes=(vat,)).at(step["at"])
    assert life.cancel(refund=True).comes_back == 9_000
    assert "BIL-SEQ-025" in DECIDED_OTHERWISE
    life = life_of(plan, date(2025, 2, 8), anchor_day="1", taxes=(vat,)).at(step["at"])
    assert life.at("2025-02-09").cancel(refund=True).comes_back == step["creditNoteTotal"]


def test_nothing_is_billed_for_the_time_of_a_pause(known: dict[str, tuple[Any, Any]]) -> None:
    _, expect = known["BIL-SEQ-030"]
    life = life_of(a_plan(1_000), date(2024, 1, 1)).at("2024-01-01")
    life.plan("pause", date(2024, 2, 1))
    life.at("2024-03-20")
    before = len(life.made)
    life.resume()
    assert [made.start for made in life.made[before:]] == [date(2024, 3, 20)]
    assert before - 1 == steps_of(expect)[1]["invoicesForTheGap"]


def test_a_cancel_ends_every_attempt(known: dict[str, tuple[Any, Any]]) -> None:
    for case_id in ("BIL-SEQ-027", "BIL-SEQ-028"):
        _, expect = known[case_id]
        life = life_of(a_plan(1_000), date(2023, 9, 30)).at("2023-09-30")
        life.pays = False
        life.at("2023-10-30")
        unpaid = declined_on(datetime(2023, 10, 30, 9, tzinfo=UTC))
        assert decide(life.billed, unpaid, TERMS) == NextAttempt(at=datetime(2023, 11, 1, 9, tzinfo=UTC))
        life.cancel()
        assert (decide(life.billed, unpaid, TERMS), steps_of(expect)[1]["attemptsAfter"]) == (None, 0), case_id
        order = life.orders[life.subscription.orders[-1].order_id]
        assert cancel(standing(order), MOMENT).order.ended == "canceled", case_id


# ── dunning ──────────────────────────────────────────────────────────────────────────────────────────────────────────

TERMS = BillingTerms()
DECLINED = Decline(code="card_declined", decline_code="insufficient_funds", message="no", retryable=True)


def declined_on(at: datetime, made: tuple[int, ...] = (), **fields: Any) -> Unpaid:
    return Unpaid(
        order_id="ord_1", first_declined_at=at, made=made, declined=fields.pop("declined", DECLINED), **fields
    )


def owing(at: datetime, **fields: Any) -> Billed:
    known: dict[str, Any] = {"payment_method_id": "pm_1", **fields}
    return Billed(replace(subscribed(a_plan(1_000), date(2024, 1, 1)), **known), at)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_schedules_of_attempts(known: dict[str, tuple[Any, Any]]) -> None:
    given, expect = known["BIL-DUN-001"]
    at_noon = BillingTerms(billing_time=time(12), retry_days=tuple(given["retryAfterDays"]))
    unpaid = declined_on(instant(given["firstFailure"]))
    assert list(attempts(unpaid, at_noon, "UTC")) == [instant(text) for text in expect["attempts"]]

    given, expect = known["BIL-DUN-004"]
    now = instant(given["now"])  # the first attempt, two days after the first decline, was declined just now
    unpaid = declined_on(now - timedelta(days=2), made=(1,))
    assert decide(owing(now), unpaid, at_noon) == NextAttempt(at=instant(expect["nextAttempt"]))

    given, expect = known["BIL-DUN-014"]
    every = tuple(range(given["retryEveryDays"], 57, given["retryEveryDays"]))
    for first, wanted in (("firstFailure", "attemptsFirst"), ("secondInvoice", "attemptsSecond")):
        days = attempt_days(date.fromisoformat(given[first]), every)
        assert [day.isoformat() for day in days][: len(expect[wanted])] == expect[wanted]


def test_cards_that_are_never_tried_again(known: dict[str, tuple[Any, Any]]) -> None:
    given, expect = known["BIL-DUN-022"]
    for code in given["declineCodes"]:
        assert is_hard(Decline(code="card_declined", decline_code=code, message="no")), code
        assert is_hard(Decline(code=code, message="no")), code
    assert (is_hard(DECLINED), expect["automaticRetries"]) == (False, 0)

    given, expect = known["BIL-DUN-003"]
    first = instant(given["firstFailure"])
    stolen = Decline(code="card_declined", decline_code=given["declineCode"], message="no")
    unpaid = declined_on(first, declined=stolen, declined_method="pm_1")
    end = datetime(2024, 1, 23, tzinfo=UTC)
    assert decide(owing(first), unpaid, TERMS) == NextAttempt(at=end, charges=False)
    assert decide(owing(end), unpaid, TERMS) == GiveUp(order_id="ord_1", action="cancel")
    newer = owing(first, payment_method_id="pm_2")
    assert decide(newer, unpaid, TERMS) == NextAttempt(at=datetime(2024, 1, 3, 9, tzinfo=UTC))

    given, expect = known["BIL-DUN-012"]
    assert given["methods"] == expect["attempts"] == 0
    nobody = owing(datetime(2024, 1, 3, 10, tzinfo=UTC), payment_method_id=None)
    assert decide(nobody, declined_on(first), TERMS) == NextAttempt(at=end, charges=False)


def test_how_dunning_ends(known: dict[str, tuple[Any, Any]]) -> None:
    given, _ = known["BIL-DUN-006"]
    past_due = instant(given["pastDueAt"])
    unpaid = declined_on(past_due, made=(1,))
    at_midnight = BillingTerms(billing_time=time(0))
    assert "BIL-DUN-006" in DECIDED_OTHERWISE
    assert decide(owing(instant(given["now"])), unpaid, at_midnight) == Attempt(order_id="ord_1", number=4)
    after = owing(instant(given["now"]) + timedelta(days=1))
    assert decide(after, unpaid, at_midnight) == GiveUp(order_id="ord_1", action="cancel")

    life = life_of(a_plan(1_000), date(2024, 1, 1), terms=replace(at_midnight, while_past_due="bill"), pays=False)
    life.at("2024-02-02")
    assert (len(life.debts), life.billed.status) == (2, "PAST_DUE")
    life.pays = True
    life.pay(life.orders[life.debts[0].order_id])  # BIL-DUN-009: active again only when nothing is left unpaid
    assert (len(life.debts), life.billed.status) == (1, known["BIL-DUN-009"][1]["afterPayment"])
    life.pay(life.orders[life.debts[0].order_id])
    assert (len(life.debts), life.billed.status) == (0, "ACTIVE")

    life.cancel()  # BIL-DUN-011
    assert decide(life.billed, unpaid, TERMS) is None

    given, expect = known["BIL-DUN-021"]
    terms = BillingTerms(retry_days=tuple(range(1, given["maxAttempts"] + 1)))
    now, made, ends = instant("2024-01-01T09:00:00Z"), list[int](), 0
    unpaid = declined_on(now)
    for _ in range(40 * 24):
        now += timedelta(hours=1)
        match decide(owing(now), replace(unpaid, made=tuple(made)), terms):
            case Attempt(number=number):
                made.append(number)
            case GiveUp():
                ends += 1
                break
            case _:
                pass
    assert (len(made), ends) == (expect["attempts"], expect["finalMail"])
    assert all(earlier < later for earlier, later in pairwise(made))


def test_every_case_of_time_is_looked_at(billing_cases: Cases) -> None:
    """BIL-DUN-020 is about a mail: the first decline is the fact that it is sent for, and the decision names it."""
    source = Path(__file__).read_text()
    for kind in ("sequence", "dunning", "late_worker"):
        for case in (case["id"] for case in billing_cases if case["kind"] == kind):
            assert case in source, case
