"""Faults: each does what it says, to the calls it names, as often as it says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flint_domain.order.payments.model import TransferKind, TransferState
from flint_server.processors.simulated.faults import Fault, FaultKind
from flint_server.processors.simulated.processor import LATER_AFTER
from tests.contracts.processor_contract import AUTHORIZE, CAPTURE, REFUND, VOID
from tests.contracts.simulated_bench import SimulatedBench

SUCCEEDED, DECLINED = TransferState.SUCCEEDED, TransferState.DECLINED
UNKNOWN, PENDING = TransferState.UNKNOWN, TransferState.PENDING
LATER = LATER_AFTER.total_seconds()


async def test_a_lost_answer_moved_the_money_and_the_same_key_tells_of_that_one_charge(bench: SimulatedBench):
    await bench.simulated.set_fault(Fault(kind="answer_lost"))
    charge = bench.transfers.charge(1000)
    assert (await bench.processor.perform(charge)).state is UNKNOWN
    assert await bench.money() == (1000, 0, 0)
    paid = await bench.processor.perform(charge)
    assert paid.state is SUCCEEDED
    assert await bench.processor.find(charge) == paid
    assert await bench.money() == (1000, 0, 0)


async def test_a_lost_answer_may_have_been_a_no(bench: SimulatedBench):
    await bench.simulated.set_fault(Fault(kind="answer_lost"))
    charge = bench.transfers.charge(1000, "tok_chargeDeclined")
    assert (await bench.processor.perform(charge)).state is UNKNOWN
    assert (await bench.processor.perform(charge)).state is DECLINED


async def test_a_500_moves_nothing_and_leaves_the_key_unused(bench: SimulatedBench):
    await bench.simulated.set_fault(Fault(kind="error_500"))
    charge = bench.transfers.charge(1000)
    assert (await bench.processor.perform(charge)).state is UNKNOWN
    assert (await bench.processor.find(charge)).state is UNKNOWN
    assert await bench.money() == (0, 0, 0)
    assert (await bench.processor.perform(replace(charge, amount=900))).state is SUCCEEDED
    assert await bench.money() == (900, 0, 0)


@pytest.mark.parametrize("kind", ["answer_lost", "error_500"])
async def test_a_fault_of_the_wire_hits_repeated_calls_until_it_has_hit_often_enough(
    bench: SimulatedBench, kind: FaultKind
):
    await bench.simulated.set_fault(Fault(kind=kind, times=3))
    charge = bench.transfers.charge(1000)
    answers = [(await bench.processor.perform(charge)).state for _ in range(4)]
    assert answers == [UNKNOWN, UNKNOWN, UNKNOWN, SUCCEEDED]
    assert await bench.money() == (1000, 0, 0)


async def test_a_slow_call_waits_once_and_then_answers_as_usual(bench: SimulatedBench, slept: list[float]):
    await bench.simulated.set_fault(Fault(kind="slow", delay_seconds=2.5, times=None))
    await bench.simulated.set_fault(Fault(kind="slow", delay_seconds=4))
    assert (await bench.processor.perform(bench.transfers.charge(1000))).state is SUCCEEDED
    assert slept == [2.5, 4.0]
    assert (await bench.processor.perform(bench.transfers.charge(1000))).state is SUCCEEDED
    assert slept == [2.5, 4.0, 2.5]


async def test_a_forced_decline_carries_the_code_it_was_given(bench: SimulatedBench):
    await bench.simulated.set_fault(Fault(kind="decline", code="card_declined", decline_code="do_not_honor"))
    refused = await bench.processor.perform(bench.transfers.charge(1000))
    assert refused.state is DECLINED
    assert refused.decline is not None
    assert (refused.decline.code, refused.decline.decline_code) == ("card_declined", "do_not_honor")
    assert await bench.money() == (0, 0, 0)


async def test_a_forced_decline_does_not_change_an_answer_already_given(bench: SimulatedBench):
    charge = bench.transfers.charge(1000)
    paid = await bench.processor.perform(charge)
    await bench.simulated.set_fault(Fault(kind="decline"))
    assert await bench.processor.perform(charge) == paid
    assert [fault.times for fault in await bench.simulated.faults()] == [1]


@pytest.mark.parametrize("kind", [AUTHORIZE, TransferKind.CHARGE, CAPTURE, VOID, REFUND])
@pytest.mark.parametrize("well", [True, False])
async def test_a_pending_answer_comes_later_and_only_then_moves_money(
    bench: SimulatedBench, kind: TransferKind, well: bool
):
    transfer = bench.transfers.charge(1000, kind=AUTHORIZE if kind is AUTHORIZE else TransferKind.CHARGE)
    before = (0, 0, 0)
    if kind in (CAPTURE, VOID, REFUND):
        first = replace(transfer, kind=TransferKind.CHARGE if kind is REFUND else AUTHORIZE)
        paid = await bench.processor.perform(first)
        before = await bench.money()
        transfer = bench.transfers.about(first, paid, kind, 1000)
    await bench.simulated.set_fault(Fault(kind="pending", delay_seconds=LATER))
    assert (await bench.processor.perform(transfer)).state is PENDING
    # A pending refund counts as refunded: its money cannot be refunded a second time.
    assert await bench.money() == ((1000, 1000, 0) if kind is REFUND else before)
    (waiting,) = await bench.simulated.waiting()
    assert waiting.transfer_id == transfer.transfer_id
    if well:
        await bench.time_passes()
    else:
        await bench.simulated.fail(transfer.transfer_id)
    after = {
        AUTHORIZE: (0, 0, 1000),
        TransferKind.CHARGE: (1000, 0, 0),
        CAPTURE: (1000, 0, 0),
        VOID: (0, 0, 0),
        REFUND: (1000, 1000, 0),
    }
    assert await bench.money() == (after[kind] if well else before)
    (notice,) = await bench.processor.notices()
    assert notice.asked_id == transfer.transfer_id
    assert notice.outcome.state is (SUCCEEDED if well else DECLINED)
    assert await bench.processor.find(transfer) == notice.outcome
    assert await bench.simulated.waiting() == []


@pytest.mark.parametrize("kind", [TransferKind.CHARGE, REFUND, CAPTURE, VOID])
@pytest.mark.parametrize("well", [True, False])
async def test_a_pending_answer_without_a_time_waits_for_somebody_to_give_it(
    bench: SimulatedBench, kind: TransferKind, well: bool
):
    transfer = bench.transfers.charge(1000)
    if kind is not TransferKind.CHARGE:
        first = transfer if kind is REFUND else replace(transfer, kind=AUTHORIZE)
        transfer = bench.transfers.about(first, await bench.processor.perform(first), kind, 1000)
    await bench.simulated.set_fault(Fault(kind="pending"))
    assert (await bench.processor.perform(transfer)).state is PENDING
    bench.clock.passes(timedelta(days=2))
    assert (await bench.processor.find(transfer)).state is PENDING
    (waiting,) = await bench.simulated.waiting()
    assert (waiting.transfer_id, waiting.due_at) == (transfer.transfer_id, None)
    await (bench.simulated.complete if well else bench.simulated.fail)(transfer.transfer_id)
    assert (await bench.processor.find(transfer)).state is (SUCCEEDED if well else DECLINED)


async def test_a_void_that_was_pending_ends_the_charge_that_was_pending_too(bench: SimulatedBench):
    await bench.simulated.set_fault(Fault(kind="pending", times=2, delay_seconds=LATER))
    charge = bench.transfers.charge(1000)
    asked = await bench.processor.perform(charge)
    void = bench.transfers.about(charge, asked, VOID, 1000)
    await bench.processor.perform(void)
    await bench.simulated.complete(void.transfer_id)
    await bench.time_passes()
    outcomes = {notice.asked_id: notice.outcome.state for notice in await bench.processor.notices()}
    assert outcomes == {charge.transfer_id: DECLINED, void.transfer_id: SUCCEEDED}
    assert await bench.money() == (0, 0, 0)


async def test_a_fault_hits_only_the_amount_token_and_kind_it_names(bench: SimulatedBench):
    await bench.simulated.set_fault(Fault(kind="decline", amount=1000, code="by_amount", times=None))
    await bench.simulated.set_fault(Fault(kind="decline", token="tok_amex", code="by_token", times=None))
    await bench.simulated.set_fault(Fault(kind="decline", transfer_kind=REFUND, code="by_kind", times=None))
    charge = bench.transfers.charge(999)
    paid = await bench.processor.perform(charge)
    outcomes = [
        paid,
        await bench.processor.perform(bench.transfers.charge(1000)),
        await bench.processor.perform(bench.transfers.charge(998, "tok_amex")),
        await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 999)),
    ]
    codes = [outcome.decline.code if outcome.decline else None for outcome in outcomes]
    assert codes == [None, "by_amount", "by_token", "by_kind"]
    await bench.simulated.clear_faults()
    assert await bench.simulated.faults() == []
    assert (await bench.processor.perform(bench.transfers.charge(1000))).state is SUCCEEDED


async def test_a_fault_is_listed_with_the_times_that_are_left(bench: SimulatedBench):
    stored = await bench.simulated.set_fault(Fault(kind="error_500", amount=1000, times=2))
    await bench.processor.perform(bench.transfers.charge(1000))
    assert await bench.simulated.faults() == [replace(stored, times=1)]
    await bench.processor.perform(bench.transfers.charge(1000))
    assert await bench.simulated.faults() == []


def test_a_fault_that_could_never_strike_is_refused():
    with pytest.raises(ValueError, match="at least one call"):
        Fault(kind="decline", times=0)
    with pytest.raises(ValueError, match="delay_seconds"):
        Fault(kind="slow")
    with pytest.raises(ValueError, match="at least 1 minor unit"):
        Fault(kind="decline", amount=0)
