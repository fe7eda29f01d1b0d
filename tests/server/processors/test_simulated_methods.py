"""The simulated processor's own side of saved methods: its file, its faults, and who may use what."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from flint_domain.customers.errands import ATTACH, DETACH
from flint_domain.order.payments.model import Outcome, TransferState
from flint_server.processors.simulated.documented_tokens import EXPIRY, TEST_VALUES, TestValue
from flint_server.processors.simulated.faults import Fault
from flint_server.processors.simulated.ledger_file import SCHEMA_VERSION
from flint_server.processors.simulated.processor import LATER_AFTER, SimulatedProcessor
from flint_server.processors.simulated.waiting import NothingWaiting
from tests.contracts.processor_contract import REFUND, Transfers, perform
from tests.contracts.simulated_bench import SetClock, SimulatedBench

pytestmark = pytest.mark.anyio

SUCCEEDED, DECLINED, UNKNOWN = TransferState.SUCCEEDED, TransferState.DECLINED, TransferState.UNKNOWN


async def statuses(bench: SimulatedBench) -> list[str]:
    return [method.status for method in await bench.simulated.methods()]


@pytest.fixture
async def bench(ledger_path: Path) -> AsyncIterator[SimulatedBench]:
    clock = SetClock()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    slept: list[float] = []
    async with SimulatedProcessor(ledger_path, clock=clock, seed=1, sleep=sleep) as processor:
        bench = SimulatedBench(processor, clock)
        yield bench
        await bench.books_balance()


# ── the test values ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", TEST_VALUES, ids=lambda value: value.token)
async def test_every_test_value_is_saved_waits_or_is_refused_as_it_says(bench: SimulatedBench, value: TestValue):
    saved = await perform(bench.processor, bench.transfers.attach(value.token))
    refused = value.decline is not None and not value.savable
    expected = DECLINED if refused else TransferState.REQUIRES_ACTION if value.buyer_step else SUCCEEDED
    assert saved.state is expected
    assert saved.decline == (value.decline if refused else None)
    assert saved.tender is not None
    assert (saved.tender.last4, saved.tender.brand) == (value.last4, value.brand)
    assert saved.tender.exp_year == (EXPIRY.year if value.type == "card" else None)


async def test_a_saved_card_behaves_as_its_token_does_when_money_goes_back(bench: SimulatedBench):
    saved = await perform(bench.processor, bench.transfers.attach("tok_pendingRefund"))
    charge = bench.transfers.charge_of(saved, 1000)
    paid = await perform(bench.processor, charge)
    refunded = await perform(bench.processor, bench.transfers.about(charge, paid, REFUND, 1000))
    assert refunded.state is TransferState.PENDING


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_ledger_from_before_saved_methods_opens_and_keeps_its_answers(ledger_path: Path):
    transfers, clock = Transfers(), SetClock()
    charge = transfers.charge(1000)
    async with SimulatedProcessor(ledger_path, clock=clock, seed=1) as processor:
        paid = await perform(processor, charge)
    with closing(sqlite3.connect(ledger_path)) as older:
        older.executescript("DROP TABLE methods; DROP TABLE customers; PRAGMA user_version = 1;")
    async with SimulatedProcessor(ledger_path, clock=clock, seed=1) as processor:
        assert await perform(processor, charge) == paid
        assert (await perform(processor, transfers.attach())).state is SUCCEEDED
        assert (await processor.balance_of("ord_1")).charged == 1000
    with closing(sqlite3.connect(ledger_path)) as upgraded:
        assert upgraded.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


async def test_what_was_saved_is_there_after_a_restart(ledger_path: Path):
    transfers, clock = Transfers(), SetClock()
    attach = transfers.attach()
    async with SimulatedProcessor(ledger_path, clock=clock) as processor:
        saved = await perform(processor, attach)
    async with SimulatedProcessor(ledger_path, clock=clock) as processor:
        assert await perform(processor, attach) == saved
        assert (await perform(processor, transfers.charge_of(saved, 1000))).state is SUCCEEDED


async def test_no_token_is_written_down(bench: SimulatedBench, ledger_path: Path):
    await perform(bench.processor, bench.transfers.attach("pm_card_mastercard"))
    written = b"".join(file.read_bytes() for file in ledger_path.parent.iterdir())
    assert b"pm_card_mastercard" not in written
    assert re.search(rb"pm_sim_[0-9a-f]{24}", written)


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "first", "saved"),
    [("answer_lost", UNKNOWN, ["attached"]), ("error_500", UNKNOWN, []), ("slow", SUCCEEDED, ["attached"])],
)
async def test_faults_of_the_wire_hit_saving_too(
    bench: SimulatedBench, kind: str, first: TransferState, saved: list[str]
):
    attach = bench.transfers.attach()
    fault = Fault(kind=kind, transfer_kind=ATTACH, delay_seconds=5.0)  # pyright: ignore[reportArgumentType]
    await bench.simulated.set_fault(fault)
    assert (await perform(bench.processor, attach)).state is first
    assert await statuses(bench) == saved
    assert (await perform(bench.processor, attach)).state is SUCCEEDED
    assert await statuses(bench) == ["attached"]


async def test_a_fault_can_refuse_saving_and_forgetting(bench: SimulatedBench):
    await bench.simulated.set_fault(Fault(kind="decline", transfer_kind=ATTACH, code="card_declined"))
    assert (await perform(bench.processor, bench.transfers.attach())).state is DECLINED
    attach = bench.transfers.attach()
    saved = await perform(bench.processor, attach)
    await bench.simulated.set_fault(Fault(kind="decline", transfer_kind=DETACH, code="api_error"))
    refused = await perform(bench.processor, bench.transfers.detach(attach, saved))
    assert refused.decline is not None
    assert refused.decline.code == "api_error"
    assert await statuses(bench) == ["refused", "attached"]


async def test_a_pending_saving_ends_when_it_is_due_or_badly_when_told_so(bench: SimulatedBench):
    attached: list[Outcome] = []
    for _ in range(2):
        later = LATER_AFTER.total_seconds()
        await bench.simulated.set_fault(Fault(kind="pending", transfer_kind=ATTACH, delay_seconds=later))
        attached.append(await perform(bench.processor, bench.transfers.attach()))
    assert {outcome.state for outcome in attached} == {TransferState.PENDING}
    failed = await bench.simulated.fail(attached[0].reference or "")
    assert failed.decline is not None
    await bench.time_passes()
    assert await statuses(bench) == ["refused", "attached"]
    states = [notice.outcome.state for notice in await bench.processor.notices()]
    assert states == [DECLINED, SUCCEEDED]


# ── who may use what ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_another_merchants_method_does_not_exist(bench: SimulatedBench):
    attach = bench.transfers.attach()
    saved = await perform(bench.processor, attach)
    for theirs in (bench.transfers.charge_of(saved, 1000), bench.transfers.detach(attach, saved)):
        refused = await perform(bench.processor, replace(theirs, merchant_id="mer_2"))
        assert refused.decline is not None
        assert refused.decline.code == "resource_missing"
    other = await perform(bench.processor, replace(bench.transfers.attach(), merchant_id="mer_2"))
    assert other.customer_reference != saved.customer_reference
    assert await bench.money() == (0, 0, 0)


async def test_a_customer_reference_of_another_processor_is_not_taken_over(bench: SimulatedBench):
    saved = await perform(bench.processor, bench.transfers.attach(customer_reference="cus_NffrFeUfNV2Hib"))
    assert saved.customer_reference is not None
    assert saved.customer_reference.startswith("cus_sim_")


async def test_the_buyers_step_is_found_by_flints_own_id_of_the_method(bench: SimulatedBench):
    attach = bench.transfers.attach("tok_threeDSecure2Required")
    asked = await perform(bench.processor, attach)
    [waiting] = await bench.simulated.waiting()
    assert (waiting.waits_for, waiting.payment_id, waiting.order_id) == ("buyer", attach.subject.subject_id, "")
    assert waiting.action_url == asked.action_url
    await bench.simulated.complete(attach.subject.subject_id)
    assert await statuses(bench) == ["attached"]
    with pytest.raises(NothingWaiting):
        await bench.simulated.complete(attach.subject.subject_id)


async def test_a_card_that_is_declined_after_its_buyers_step_is_not_saved(bench: SimulatedBench):
    attach = bench.transfers.attach("tok_threeDSecureRequiredChargeDeclined")
    await perform(bench.processor, attach)
    ended = await bench.simulated.complete(attach.subject.subject_id)
    assert ended.state is DECLINED
    assert await statuses(bench) == ["refused"]
