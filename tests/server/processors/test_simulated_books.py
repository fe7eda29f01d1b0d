"""What only the simulated processor has: operators, disputes, expiring holds, its own file, repeatable references."""

import sqlite3
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flint_domain.order.payments.model import Outcome, Transfer, TransferState
from flint_server.processors.simulated.ledger_file import IN_MEMORY
from flint_server.processors.simulated.processor import HOLD_FOR, LATER_AFTER, Balance, SimulatedProcessor
from flint_server.processors.simulated.troubles import LedgerUnusable
from flint_server.processors.simulated.waiting import NothingWaiting
from tests.contracts.processor_contract import AUTHORIZE, CAPTURE, CHARGE, REFUND, VOID, Transfers
from tests.contracts.simulated_bench import SetClock, SimulatedBench

SUCCEEDED, DECLINED = TransferState.SUCCEEDED, TransferState.DECLINED


# ── operators ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_waiting_step_answers_to_the_processors_and_to_flints_names(bench: SimulatedBench):
    charges = [bench.transfers.charge(amount, "tok_threeDSecure2Required") for amount in (100, 200, 300)]
    asked = [await bench.processor.perform(charge) for charge in charges]
    assert [(step.waits_for, step.reference, step.amount) for step in await bench.simulated.waiting()] == [
        ("buyer", outcome.reference, charge.amount) for outcome, charge in zip(asked, charges, strict=True)
    ]
    for name in (asked[0].reference or "", charges[1].payment_id, charges[2].transfer_id):
        assert (await bench.simulated.complete(name)).state is SUCCEEDED
    assert await bench.money() == (600, 0, 0)


async def test_pending_refunds_are_completed_or_failed_by_name(bench: SimulatedBench):
    charge = bench.transfers.charge(1000, "tok_pendingRefund")
    paid = await bench.processor.perform(charge)
    first, second = (bench.transfers.about(charge, paid, REFUND, amount) for amount in (300, 400))
    await bench.processor.perform(first)
    made = await bench.processor.perform(second)
    assert await bench.simulated.balance_of("ord_1") == Balance(charged=1000, refunded=700, pending_refund=700, held=0)
    with pytest.raises(NothingWaiting, match="Several requests"):
        await bench.simulated.complete(charge.payment_id)
    assert (await bench.simulated.complete(first.refund_id or "")).state is SUCCEEDED
    assert (await bench.simulated.fail(made.reference or "")).state is DECLINED
    assert await bench.simulated.balance_of("ord_1") == Balance(charged=1000, refunded=300, pending_refund=0, held=0)
    assert [refund.status for refund in await bench.simulated.refunds()] == ["succeeded", "failed"]


async def test_an_operator_can_fail_a_refund_that_succeeded_but_only_once(bench: SimulatedBench):
    charge = bench.transfers.charge(1000)
    paid = await bench.processor.perform(charge)
    refund = bench.transfers.about(charge, paid, REFUND, 1000)
    await bench.processor.perform(refund)
    assert (await bench.simulated.fail(refund.transfer_id)).state is DECLINED
    with pytest.raises(NothingWaiting):
        await bench.simulated.fail(refund.transfer_id)
    assert await bench.money() == (1000, 0, 0)


async def test_a_refund_about_to_fail_is_listed_and_can_be_failed_at_once(bench: SimulatedBench):
    charge = bench.transfers.charge(1000, "tok_refundFail")
    paid = await bench.processor.perform(charge)
    refund = bench.transfers.about(charge, paid, REFUND, 1000)
    await bench.processor.perform(refund)
    (waiting,) = await bench.simulated.waiting()
    assert (waiting.waits_for, waiting.due_at) == ("refund_failure", bench.clock.now() + LATER_AFTER)
    await bench.simulated.fail(waiting.reference)
    await bench.time_passes()
    assert len(await bench.processor.notices()) == 1


async def test_completing_what_does_not_wait_says_what_does(bench: SimulatedBench):
    charge = bench.transfers.charge(1000, "tok_threeDSecure2Required")
    asked = await bench.processor.perform(charge)
    with pytest.raises(NothingWaiting, match=asked.reference):
        await bench.simulated.complete("pi_sim_nothing")
    await bench.simulated.complete(charge.transfer_id)
    with pytest.raises(NothingWaiting, match="Waiting: nothing"):
        await bench.simulated.fail(charge.transfer_id)


async def test_a_card_may_decline_although_the_buyer_did_everything(bench: SimulatedBench):
    charge = bench.transfers.charge(1000, "tok_threeDSecureRequiredChargeDeclined")
    await bench.processor.perform(charge)
    ended = await bench.simulated.complete(charge.transfer_id)
    assert ended.state is DECLINED
    assert ended.decline is not None
    assert ended.decline.decline_code == "generic_decline"
    assert await bench.money() == (0, 0, 0)


async def test_a_repetition_gets_the_first_answer_and_find_the_present_one(bench: SimulatedBench):
    charge = bench.transfers.charge(1000, "tok_threeDSecure2Required")
    asked = await bench.processor.perform(charge)
    ended = await bench.simulated.complete(charge.transfer_id)
    assert await bench.processor.perform(charge) == asked
    assert await bench.processor.find(charge) == ended


# ── its own rules ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [CHARGE, AUTHORIZE])
async def test_a_disputed_charge_can_no_longer_be_refunded(bench: SimulatedBench, kind: object):
    charge = bench.transfers.charge(1000, "tok_createDispute", AUTHORIZE if kind is AUTHORIZE else CHARGE)
    paid = await bench.processor.perform(charge)
    if kind is AUTHORIZE:
        assert await bench.simulated.disputes() == []
        await bench.processor.perform(bench.transfers.about(charge, paid, CAPTURE, 800))
    (dispute,) = await bench.simulated.disputes()
    assert (dispute.payment, dispute.amount) == (paid.reference, 800 if kind is AUTHORIZE else 1000)
    refused = await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 100))
    assert refused.decline is not None
    assert refused.decline.code == "charge_disputed"


async def test_refusals_of_refunds_carry_stripes_codes(bench: SimulatedBench):
    charge = bench.transfers.charge(1000)
    paid = await bench.processor.perform(charge)
    codes: list[str | None] = []
    for amount in (1001, 1000, 1):
        outcome = await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, amount))
        codes.append(outcome.decline.code if outcome.decline else None)
    assert codes == ["amount_too_large", None, "charge_already_refunded"]
    held = bench.transfers.charge(1000, kind=AUTHORIZE)
    refused = await bench.processor.perform(
        bench.transfers.about(held, await bench.processor.perform(held), REFUND, 1000)
    )
    assert refused.decline is not None
    assert refused.decline.code == "charge_not_refundable"


async def test_an_authorization_expires_and_can_then_be_voided_but_not_captured(bench: SimulatedBench):
    charge = bench.transfers.charge(1000, kind=AUTHORIZE)
    held = await bench.processor.perform(charge)
    bench.clock.passes(HOLD_FOR - timedelta(seconds=1))
    assert await bench.money() == (0, 0, 1000)
    bench.clock.passes(timedelta(seconds=1))
    assert await bench.money() == (0, 0, 0)
    refused = await bench.processor.perform(bench.transfers.about(charge, held, CAPTURE, 1000))
    assert refused.decline is not None
    assert refused.decline.code == "charge_expired_for_capture"
    assert (await bench.processor.perform(bench.transfers.about(charge, held, VOID, 1000))).state is SUCCEEDED


async def test_another_currency_or_merchant_never_reaches_the_payment(bench: SimulatedBench):
    charge = bench.transfers.charge(1000)
    paid = await bench.processor.perform(charge)
    for other in (
        replace(bench.transfers.about(charge, paid, REFUND, 10), currency="EUR"),
        replace(bench.transfers.about(charge, paid, REFUND, 10), merchant_id="mer_2"),
        replace(bench.transfers.charge(10), currency="dollars"),
    ):
        assert (await bench.processor.perform(other)).state is DECLINED
    assert await bench.money() == (1000, 0, 0)


async def test_a_payment_whose_reference_was_never_heard_is_voided_by_flints_id(bench: SimulatedBench):
    charge = bench.transfers.charge(1000, kind=AUTHORIZE)
    await bench.processor.perform(charge)
    unheard = Outcome(state=TransferState.UNKNOWN)
    voided = await bench.processor.perform(bench.transfers.about(charge, unheard, VOID, 1000))
    assert voided.state is SUCCEEDED
    assert await bench.money() == (0, 0, 0)


async def test_the_ledger_tells_every_movement_in_order_and_cannot_be_rewritten(
    bench: SimulatedBench, ledger_path: Path
):
    charge = bench.transfers.charge(1000, "tok_refundFail")
    paid = await bench.processor.perform(charge)
    refund = bench.transfers.about(charge, paid, REFUND, 400)
    await bench.processor.perform(refund)
    await bench.time_passes()
    await bench.processor.notices()
    assert [
        (entry.kind, entry.amount, entry.transfer_id, entry.order_id) for entry in await bench.simulated.ledger()
    ] == [
        ("captured", 1000, charge.transfer_id, "ord_1"),
        ("refunded", -400, refund.transfer_id, "ord_1"),
        ("refund_failed", 400, refund.transfer_id, "ord_1"),
    ]
    vandal = sqlite3.connect(ledger_path)
    for statement in ("UPDATE entries SET amount = 1", "DELETE FROM entries"):
        with pytest.raises(sqlite3.IntegrityError, match="final"):
            vandal.execute(statement)
    vandal.close()


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────────────


async def _references(path: Path, seed: int | None) -> list[str | None]:
    transfers = Transfers()
    async with SimulatedProcessor(path, clock=SetClock(), seed=seed) as processor:
        first, second = transfers.charge(1000), transfers.charge(1000, "tok_pendingRefund")
        outcomes: dict[str, Outcome] = {}

        async def perform(transfer: Transfer) -> None:
            outcomes[transfer.transfer_id] = await processor.perform(transfer)

        async with anyio.create_task_group() as group:  # in whatever order they come to run
            group.start_soon(perform, second)
            group.start_soon(perform, first)
        refund = transfers.about(second, outcomes[second.transfer_id], REFUND, 500)
        outcomes[refund.transfer_id] = await processor.perform(refund)
        await processor.complete(refund.transfer_id)
        notices = [notice.notice_id for notice in await processor.notices()]
        return [outcomes[transfer.transfer_id].reference for transfer in (first, second, refund)] + notices


async def test_references_repeat_with_the_seed_and_differ_without(tmp_path: Path):
    seeds = {"a": 7, "b": 7, "c": 8, "d": None, "e": None}
    a, b, c, d, e = [await _references(tmp_path / f"{name}.db", seed) for name, seed in seeds.items()]
    assert a == b
    assert len({*a, *c, *d, *e}) == 4 * len(a)


async def test_a_reopened_ledger_remembers_everything(ledger_path: Path):
    charge = Transfers().charge(1000)
    async with SimulatedProcessor(ledger_path, clock=SetClock(), seed=1) as processor:
        paid = await processor.perform(charge)
    async with SimulatedProcessor(ledger_path, clock=SetClock(), seed=1) as processor:
        assert await processor.perform(charge) == paid
        assert await processor.find(charge) == paid
        other = await processor.perform(Transfers("again_").charge(500))
        assert other.reference != paid.reference
        assert (await processor.balance_of("ord_1")).charged == 1500


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 4),
            st.sampled_from([100, 250]),
            st.sampled_from(["tok_visa", "tok_chargeDeclined", "tok_amex"]),
        ),
        max_size=25,
    )
)
def test_any_sequence_of_repeated_keys_moves_each_keys_money_once(steps: list[tuple[int, int, str]]):
    """Each key's first request decides: what it charged stays charged once, and it alone is answered again."""

    async def run() -> None:
        transfers = Transfers()
        keys = [transfers.charge(1) for _ in range(5)]
        first: dict[int, tuple[Transfer, Outcome]] = {}
        async with SimulatedProcessor(IN_MEMORY, clock=SetClock(), seed=1) as processor:
            for key, amount, source in steps:
                transfer = replace(keys[key], amount=amount, source=source)
                outcome = await processor.perform(transfer)
                asked, answered = first.setdefault(key, (transfer, outcome))
                if transfer == asked:
                    assert outcome == answered
                else:
                    assert outcome.decline is not None
                    assert outcome.decline.code == "idempotency_error"
            charged = sum(asked.amount for asked, answered in first.values() if answered.state is SUCCEEDED)
            assert (await processor.balance_of("ord_1")).charged == charged
            assert sum(entry.amount for entry in await processor.ledger()) == charged

    anyio.run(run)


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_file_that_is_no_database_is_refused_with_a_way_out(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("shopping list: " + "milk, " * 200)
    with pytest.raises(LedgerUnusable, match=r"notes\.txt is damaged: .* \(SQLITE_NOTADB\)"):
        await SimulatedProcessor(path, clock=SetClock()).open()
    assert path.read_text().startswith("shopping list")


async def test_a_database_of_something_else_is_refused_unchanged(tmp_path: Path):
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE songs (title)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(LedgerUnusable, match="something else"):
        await SimulatedProcessor(path, clock=SetClock()).open()
    assert path.read_bytes() == before


async def test_a_ledger_of_a_newer_version_is_refused(ledger_path: Path):
    async with SimulatedProcessor(ledger_path, clock=SetClock()):
        pass
    newer = sqlite3.connect(ledger_path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(LedgerUnusable, match="schema 99"):
        await SimulatedProcessor(ledger_path, clock=SetClock()).open()


async def test_a_path_that_is_a_folder_is_refused(tmp_path: Path):
    with pytest.raises(LedgerUnusable):
        await SimulatedProcessor(tmp_path, clock=SetClock()).open()


async def test_a_ledger_that_cannot_be_written_gives_no_certain_answer(
    ledger_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("flint_server.processors.simulated.ledger_file.BUSY_TIMEOUT_MS", 10)
    transfers, clock = Transfers(), SetClock()
    async with SimulatedProcessor(ledger_path, clock=clock) as processor:
        earlier = transfers.charge(500, "tok_pendingRefund")
        refund = transfers.about(earlier, await processor.perform(earlier), REFUND, 500)
        await processor.perform(refund)
        clock.passes(LATER_AFTER)
        charge = transfers.charge(1000)
        hog = sqlite3.connect(ledger_path, isolation_level=None)
        hog.execute("BEGIN IMMEDIATE")
        assert (await processor.perform(charge)).state is TransferState.UNKNOWN
        assert (await processor.find(refund)).state is TransferState.UNKNOWN
        hog.execute("ROLLBACK")
        hog.close()
        assert (await processor.find(refund)).state is SUCCEEDED
        assert (await processor.perform(charge)).state is SUCCEEDED
        assert (await processor.balance_of("ord_1")).charged == 1500


async def test_closing_ends_the_thread_and_may_be_repeated(ledger_path: Path):
    processor = SimulatedProcessor(ledger_path, clock=SetClock())
    before = set(threading.enumerate())
    await processor.open()
    # anyio's worker thread is the event loop's and ends with it
    (mine,) = [thread for thread in set(threading.enumerate()) - before if "AnyIO" not in thread.name]
    with pytest.raises(RuntimeError, match="open already"):
        await processor.open()
    await processor.close()
    await processor.close()
    mine.join(timeout=10)
    assert not mine.is_alive()
    with pytest.raises(RuntimeError, match="not open"):
        await processor.perform(Transfers().charge(1000))


def files_in(folder: Path) -> dict[str, int]:
    """The files of a folder, with the permissions that others have."""
    return {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")
async def test_the_ledger_is_private_and_a_ledger_in_memory_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    async with SimulatedProcessor(IN_MEMORY, clock=SetClock()):
        assert files_in(tmp_path) == {}
    async with SimulatedProcessor(tmp_path / "ledger.db", clock=SetClock()):
        assert set(files_in(tmp_path).values()) == {0}
