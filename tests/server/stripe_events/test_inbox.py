"""What Stripe tells is settled once, however often and in whatever order it is told."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.engine.settler import Settler
from flint_domain.kernel.errors import Refused
from flint_domain.order.payments.model import TransferKind, TransferState
from flint_domain.unit_of_work.work import LEASE
from flint_server.db.inbox import InboxRecords
from flint_server.db.records.processor_events import KEPT
from flint_server.processors.simulated.processor import LATER_AFTER
from flint_server.processors.stripe.answers import StripeDispute
from flint_server.stripe_events.inbox import AT_ONCE, GIVE_UP_AFTER, WHILE_ASKED_FOR, Inbox
from tests.journeys.house import House, amounts, opened
from tests.machine.mortal import Killed
from tests.server.stripe_events.stripe_post import StripePost


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


@pytest.fixture
def post(house: House) -> StripePost:
    return StripePost(house)


async def waiting_for_the_buyer(post: StripePost) -> str:
    """An order whose payment the buyer has to approve."""
    order_id = await post.house.order_of()
    paid = await post.house.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)))
    assert paid["payments"][0]["status"] == "REQUIRES_ACTION"
    return order_id


async def refunded(post: StripePost, token: str) -> str:
    """An order that was paid with this token and refunded in full."""
    order_id = await post.house.paid_order(token=token)
    await post.house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    return order_id


# ── what an event brings about ───────────────────────────────────────────────────────────────────────────────────────


async def test_an_approved_payment_is_settled_by_its_event_and_in_the_trail_as_the_processors(post: StripePost) -> None:
    house = post.house
    order_id = await waiting_for_the_buyer(post)
    [charge] = await post.transfers()
    await house.simulator.complete(charge.payment_id)
    event_id = await post.tell_of("payment_intent.succeeded", charge)
    assert await post.inbox.settle() == 1
    order = await house.read(order_id)
    assert amounts(order) == ("PAID", 12800, 0, 0, 12800)
    assert ("PAYMENT_CAPTURED", "processor") in [(told["type"], told["actor"]) for told in order["activities"]]
    assert post.states() == {event_id: "settled"}


async def test_a_refund_that_fails_after_it_succeeded_opens_the_balance_again(post: StripePost) -> None:
    house = post.house
    order_id = await refunded(post, "tok_refundFail")
    assert amounts(await house.read(order_id)) == ("REFUNDED", 12800, 12800, 0, 0)
    [refund] = await post.transfers(TransferKind.REFUND)
    house.clock.passes(LATER_AFTER)
    await post.tell_of("refund.failed", refund)
    await post.inbox.settle()
    assert amounts(await house.read(order_id)) == ("PAID", 12800, 0, 0, 12800)


@pytest.mark.parametrize("kind", ["refund.updated", "charge.refund.updated", "charge.refunded"])
async def test_every_event_that_may_tell_of_a_refund_is_understood(post: StripePost, kind: str) -> None:
    order_id = await refunded(post, "tok_pendingRefund")
    [refund] = await post.transfers(TransferKind.REFUND)
    assert refund.state is TransferState.PENDING
    post.house.clock.passes(LATER_AFTER)
    await post.tell_of(kind, refund)
    await post.inbox.settle()
    [refund] = await post.transfers(TransferKind.REFUND)
    assert refund.state is TransferState.SUCCEEDED
    assert (await post.house.read(order_id))["status"] == "REFUNDED"


async def test_an_object_is_found_by_its_reference_where_it_has_no_metadata(post: StripePost) -> None:
    order_id = await waiting_for_the_buyer(post)
    [charge] = await post.transfers()
    await post.house.simulator.complete(charge.payment_id)
    await post.tell("charge.succeeded", {"id": "ch_9", "object": "charge", "payment_intent": charge.reference})
    await post.inbox.settle()
    assert (await post.house.read(order_id))["status"] == "PAID"


async def test_what_died_with_its_call_is_settled_by_the_event(post: StripePost) -> None:
    """The charge went through, the answer was lost with the process, and its lease is over."""
    house = post.house
    order_id = await house.order_of()

    async def die() -> None:
        raise Killed

    post.processor.before_answering = die
    with pytest.raises(BaseExceptionGroup):
        await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    [charge] = await post.transfers()
    assert charge.state is TransferState.PLANNED
    house.clock.passes(LEASE + timedelta(seconds=1))
    await post.tell_of("payment_intent.succeeded", charge)
    await post.inbox.settle()
    assert (await house.read(order_id))["status"] == "PAID"
    assert (await house.balance(order_id)).charged == 12800


# ── repetition and company ───────────────────────────────────────────────────────────────────────────────────────────


async def test_the_first_event_of_a_payment_leaves_nothing_to_the_others(post: StripePost) -> None:
    order_id = await waiting_for_the_buyer(post)
    [charge] = await post.transfers()
    await post.house.simulator.complete(charge.payment_id)
    for kind in ("payment_intent.succeeded", "charge.succeeded", "charge.updated", "payment_intent.requires_action"):
        await post.tell_of(kind, charge)
    assert await post.inbox.settle() == 4
    assert set(post.states().values()) == {"settled"}
    assert post.processor.found == [charge.transfer_id]
    version = (await post.house.read(order_id))["version"]
    event_id = await post.tell_of("payment_intent.succeeded", charge, event_id="evt_again")
    await post.inbox.settle()
    await post.tell_of("payment_intent.succeeded", charge, event_id=event_id)
    assert await post.inbox.settle() == 0
    assert (await post.house.read(order_id))["version"] == version


async def test_two_workers_do_no_event_twice(post: StripePost) -> None:
    for _ in range(3 * AT_ONCE):
        await post.tell("payment_intent.succeeded", {"id": "pi_of_others", "object": "payment_intent"})
    others = [post.another_inbox() for _ in range(3)]
    taken: list[int] = []

    async def settle(inbox: Inbox) -> None:
        taken.append(await inbox.settle())

    while sum(taken) < 3 * AT_ONCE:
        async with anyio.create_task_group() as group:
            for inbox in others:
                group.start_soon(settle, inbox)
    assert sum(taken) == 3 * AT_ONCE
    assert set(post.states().values()) == {"ignored"}


async def test_an_event_whose_worker_died_is_taken_again_when_its_lease_is_over(post: StripePost) -> None:
    await post.tell("payment_intent.succeeded", {"id": "pi_of_others", "object": "payment_intent"})
    assert len(await post.records.claim(AT_ONCE, LEASE)) == 1
    assert await post.inbox.settle() == 0
    post.house.clock.passes(LEASE)
    assert await post.inbox.settle() == 1


async def test_a_worker_that_comes_too_late_writes_nothing(post: StripePost) -> None:
    await post.tell("payment_intent.succeeded", {"id": "pi_of_others", "object": "payment_intent"})
    [slow] = await post.records.claim(AT_ONCE, LEASE)
    post.house.clock.passes(LEASE)
    [quick] = await post.records.claim(AT_ONCE, LEASE)
    assert not await post.records.end(slow, "left", "too late")
    assert await post.records.end(quick, "settled")
    assert not await post.records.put_off(quick, LEASE, "again", tries=1)
    assert set(post.states().values()) == {"settled"}


# ── before its time ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_event_that_comes_before_its_own_calls_answer_waits_for_it(post: StripePost) -> None:
    house = post.house
    order_id = await house.order_of()
    answered, told = anyio.Event(), anyio.Event()

    async def wait() -> None:
        told.set()
        await answered.wait()

    post.processor.before_answering = wait
    async with anyio.create_task_group() as group:
        group.start_soon(house.do, PayOrder(order_id=order_id, sources=("tok_visa",)))
        await told.wait()
        [charge] = await post.transfers()
        await post.tell_of("payment_intent.succeeded", charge)
        await post.inbox.settle()
        assert post.rows()[0][1:] == ("waiting", "the call that it is about is still under way", 0)
        assert post.processor.found == []
        answered.set()
    assert (await house.read(order_id))["status"] == "PAID"
    assert await post.inbox.settle() == 0
    house.clock.passes(WHILE_ASKED_FOR)
    assert await post.inbox.settle() == 1
    assert set(post.states().values()) == {"settled"}
    assert post.processor.found == []


# ── not ours ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_events_about_what_flint_does_not_know_are_kept_and_ignored(post: StripePost) -> None:
    unknown = {"transfer_id": "trf_01KARRG0000000000000000001", "payment_id": "pi_01KARRG0000000000000000001"}
    await post.tell("payment_intent.succeeded", {"id": "pi_x", "object": "payment_intent", "metadata": unknown})
    await post.tell("refund.failed", {"id": "re_x", "object": "refund", "payment_intent": "pi_x"})
    await post.tell("customer.created", {"id": "cus_x", "object": "customer"})
    await post.tell("balance.available", {"object": "balance"})
    await post.inbox.settle()
    reasons = [reason for _, state, reason, _ in post.rows() if state == "ignored"]
    assert reasons == ["about a payment that Flint did not make"] * 2 + ["no transfer depends on such events"] * 2
    assert post.processor.found == []


async def test_a_live_event_means_nothing_to_a_test_key(post: StripePost, caplog: pytest.LogCaptureFixture) -> None:
    order_id = await waiting_for_the_buyer(post)
    [charge] = await post.transfers()
    await post.house.simulator.complete(charge.payment_id)
    await post.tell_of("payment_intent.succeeded", charge, livemode=True)
    await post.inbox.settle()
    assert [row[1:3] for row in post.rows()] == [("ignored", "of live mode, while the key is of test mode")]
    assert (await post.house.read(order_id))["status"] == "OPEN"
    assert "is of live mode, and Flint's key of test mode" in caplog.text


async def test_a_refund_from_the_dashboard_is_ignored_and_the_log_names_the_order(
    post: StripePost, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = await post.house.paid_order()
    [charge] = await post.transfers()
    await post.tell("refund.created", {"id": "re_x", "object": "refund", "payment_intent": charge.reference})
    await post.inbox.settle()
    assert [row[1:3] for row in post.rows()] == [("ignored", "about a refund that Flint did not make")]
    assert f"of {order_id} was refunded outside Flint" in caplog.text


async def test_what_was_ignored_is_looked_at_again_when_it_is_sent_again(post: StripePost) -> None:
    await waiting_for_the_buyer(post)
    [charge] = await post.transfers()
    await post.house.simulator.complete(charge.payment_id)
    await post.tell_of("payment_intent.succeeded", charge, event_id="evt_1")
    await post.tell("balance.available", {"object": "balance"}, event_id="evt_2")
    await post.inbox.settle()
    assert post.states() == {"evt_1": "settled", "evt_2": "ignored"}
    await post.tell_of("payment_intent.succeeded", charge, event_id="evt_1")
    await post.tell("balance.available", {"object": "balance"}, event_id="evt_2")
    assert post.states() == {"evt_1": "settled", "evt_2": "waiting"}


# ── a processor that does not answer ─────────────────────────────────────────────────────────────────────────────────


async def test_while_the_processor_cannot_be_reached_events_wait_longer_and_longer(post: StripePost) -> None:
    house = post.house
    order_id = await waiting_for_the_buyer(post)
    [charge] = await post.transfers()
    await house.simulator.complete(charge.payment_id)
    post.processor.reachable = False
    await post.tell_of("payment_intent.succeeded", charge)
    await post.tell_of("charge.succeeded", charge)
    for tries, wait in enumerate((5, 10, 20, 40), start=1):
        assert await post.inbox.settle() == 2
        assert [row[1:] for row in post.rows()] == [("waiting", "Stripe could not tell how it stands", tries)] * 2
        assert len(post.processor.found) == tries, "one payment is asked about once a round"
        house.clock.passes(timedelta(seconds=wait - 1))
        assert await post.inbox.settle() == 0
        house.clock.passes(timedelta(seconds=1))
    post.processor.reachable = True
    await post.inbox.settle()
    assert (await house.read(order_id))["status"] == "PAID"
    assert set(post.states().values()) == {"settled"}


async def test_after_days_without_an_answer_an_event_is_left_to_a_person_loudly(
    post: StripePost, caplog: pytest.LogCaptureFixture
) -> None:
    house = post.house
    order_id = await refunded(post, "tok_refundFail")
    [refund] = await post.transfers(TransferKind.REFUND)
    house.clock.passes(LATER_AFTER)
    post.processor.reachable = False
    event_id = await post.tell_of("refund.failed", refund)
    house.clock.passes(GIVE_UP_AFTER - timedelta(seconds=1))
    await post.inbox.settle()
    assert post.states() == {event_id: "waiting"}
    house.clock.passes(timedelta(seconds=10))
    await post.inbox.settle()
    assert post.states() == {event_id: "left"}
    [loud] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert event_id in loud.getMessage()
    assert f"Look its payment {refund.payment_reference} up" in loud.getMessage()
    assert (await house.read(order_id))["status"] == "REFUNDED"

    post.processor.reachable = True
    await post.tell_of("refund.failed", refund, event_id=event_id)
    await post.inbox.settle()
    assert post.states() == {event_id: "settled"}
    assert (await house.read(order_id))["status"] == "PAID"


async def test_a_store_that_cannot_take_the_answer_gets_it_again(
    post: StripePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await waiting_for_the_buyer(post)
    [charge] = await post.transfers()
    await post.house.simulator.complete(charge.payment_id)
    await post.tell_of("payment_intent.succeeded", charge)

    async def refuse(*_: object) -> object:
        raise Refused("storage_unavailable", "The disk is full.", hint="make room")

    with monkeypatch.context() as broken:
        broken.setattr(Settler, "settle", refuse)
        await post.inbox.settle()
    with monkeypatch.context() as broken:
        broken.setattr(Settler, "settle", refuse)
        broken.setattr(InboxRecords, "put_off", refuse)
        post.house.clock.passes(timedelta(seconds=5))
        await post.inbox.settle()
    assert set(post.states().values()) == {"waiting"}
    post.house.clock.passes(LEASE)
    await post.inbox.settle()
    assert (await post.house.read(order_id))["status"] == "PAID"


# ── disputes, and the end ────────────────────────────────────────────────────────────────────────────────────────────

DISPUTE = {
    "id": "du_1",
    "object": "dispute",
    "amount": 12800,
    "currency": "usd",
    "payment_intent": "pi_1",
    "reason": "fraudulent",
    "status": "needs_response",
    "created": 1_795_000_000,
    "evidence_details": {"due_by": 1_795_600_000},
}


@pytest.mark.parametrize(("known", "state"), [(True, "settled"), (False, "ignored")])
async def test_a_dispute_is_handed_on_with_what_an_order_shows_of_it(house: House, known: bool, state: str) -> None:
    shown: list[tuple[str, StripeDispute]] = []

    async def show(merchant_id: str, dispute: StripeDispute) -> bool:
        shown.append((merchant_id, dispute))
        return known

    post = StripePost(house, show_dispute=show)
    await post.tell("charge.dispute.created", DISPUTE)
    await post.inbox.settle()
    [(_, dispute)] = shown
    assert (dispute.reference, dispute.payment_reference, dispute.amount) == ("du_1", "pi_1", 12800)
    assert dispute.evidence_due_by is not None
    assert set(post.states().values()) == {state}


async def test_a_dispute_that_cannot_be_shown_yet_is_tried_again(house: House) -> None:
    failures = [True]

    async def show(_merchant_id: str, _dispute: StripeDispute) -> bool:
        if failures:
            failures.pop()
            raise RuntimeError("a fault")
        return True

    post = StripePost(house, show_dispute=show)
    await post.tell("charge.dispute.created", DISPUTE)
    await post.inbox.settle()
    assert [row[1:] for row in post.rows()] == [("waiting", "a fault, which the log tells", 1)]
    await post.settle_all()
    assert set(post.states().values()) == {"settled"}


async def test_old_events_are_forgotten_but_never_one_that_waits(post: StripePost) -> None:
    await post.tell("balance.available", {"object": "balance"}, event_id="evt_old")
    await post.inbox.settle()
    await post.tell("balance.available", {"object": "balance"}, event_id="evt_waiting")
    post.house.clock.passes(KEPT)
    assert await post.records.forget(10) == 1
    assert post.states() == {"evt_waiting": "waiting"}
    await post.inbox.settle()
    post.house.clock.passes(timedelta(hours=1))
    await post.inbox.settle()
    assert post.states() == {}
