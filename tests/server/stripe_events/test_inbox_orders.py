"""Events in any order, any number of times, between any rounds: the same order comes of them."""

import itertools
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flint_domain.commands.payments import PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.order.payments.model import Decline, Outcome, Transfer, TransferKind, TransferState
from flint_domain.unit_of_work.ports import Notice
from flint_server.db import DEFAULT_MERCHANT_ID
from flint_server.processors.simulated.processor import LATER_AFTER
from tests.journeys.house import House, amounts, opened
from tests.server.stripe_events.stripe_post import StripePost

PAYMENT_EVENTS = (
    "payment_intent.created",
    "payment_intent.requires_action",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "charge.succeeded",
    "charge.failed",
    "charge.refunded",
)
REFUND_EVENTS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated", "charge.refunded")


@dataclass(frozen=True, slots=True)
class Story:
    """A payment with this token, refunds of these amounts, what the world then does, and what must come of it."""

    token: str
    refunds: tuple[int, ...]
    world: str
    events: tuple[str, ...]
    becomes: tuple[str | int, ...]


STORIES = {
    "the buyer approves": Story(
        "tok_threeDSecure2Required", (), "approve", PAYMENT_EVENTS, ("PAID", 12800, 0, 0, 12800)
    ),
    "the buyer refuses": Story("tok_threeDSecure2Required", (), "refuse", PAYMENT_EVENTS, ("OPEN", 0, 0, 12800, 0)),
    "a refund comes through": Story(
        "tok_pendingRefund", (2800,), "wait", REFUND_EVENTS, ("PARTIALLY_REFUNDED", 12800, 2800, 0, 10000)
    ),
    "two refunds fail late": Story(
        "tok_refundFail", (2800, 10000), "wait", REFUND_EVENTS, ("PAID", 12800, 0, 0, 12800)
    ),
    "nothing happens": Story("tok_visa", (2800,), "wait", REFUND_EVENTS, ("PARTIALLY_REFUNDED", 12800, 2800, 0, 10000)),
}

DELIVERIES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 1), st.booleans()), max_size=6)
"""Which kind of event, about which transfer, and whether a round of the worker follows."""


@pytest.mark.parametrize("name", STORIES)
@given(before=DELIVERIES, after=DELIVERIES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_the_same_order_comes_of_any_order_of_events(
    name: str, before: list[tuple[int, int, bool]], after: list[tuple[int, int, bool]]
) -> None:
    story = STORIES[name]
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder)) as house:
            post = StripePost(house)
            order_id = await house.paid_order(token=story.token)
            for amount in story.refunds:
                await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=amount))))
            transfers = await post.transfers(TransferKind.REFUND if story.refunds else None)
            await deliver(post, story, transfers, before)
            await happen(house, story, transfers)
            await deliver(post, story, transfers, after)
            for transfer in transfers:  # whatever else was lost on the way, one event comes after the change
                await post.tell_of(story.events[3 if not story.refunds else 1], transfer)
            await post.settle_all()
            order = await house.read(order_id)
            assert amounts(order) == story.becomes
            balance = await house.balance(order_id)
            assert (balance.charged, balance.refunded) == story.becomes[1:3]
            assert len(set(post.processor.performed)) == len(post.processor.performed), "events ask for nothing twice"
            assert set(post.states().values()) <= {"settled"}


async def deliver(
    post: StripePost, story: Story, transfers: Sequence[Transfer], deliveries: list[tuple[int, int, bool]]
) -> None:
    for kind, which, then_a_round in deliveries:
        # Ten ids for many events, so that some are the same event once more.
        event_id = f"evt_{kind}_{which}"
        transfer = transfers[which % len(transfers)]
        await post.tell_of(story.events[kind % len(story.events)], transfer, event_id=event_id)
        if then_a_round:
            await post.inbox.settle()


async def happen(house: House, story: Story, transfers: Sequence[Transfer]) -> None:
    match story.world:
        case "approve":
            await house.simulator.complete(transfers[0].payment_id)
        case "refuse":
            await house.simulator.fail(transfers[0].payment_id)
        case _:
            house.clock.passes(LATER_AFTER)


# ── third-party logs ─────────────────────────────────────────────────────────────────────────────────────────────────

# Saleor's cases that have no meaning here, and why. In the others, each psp_reference is a transfer, its last event in
# the log is how it stands at the processor, and what it came from is in the order already.
WITHOUT_MEANING = {
    "with_authorize_success_and_failure_events": "at Stripe an authorization that succeeded does not fail later",
    "with_charge_success_and_failure_events": "at Stripe a charge that succeeded does not fail later",
    "with_cancel_success_and_failure_events": "at Stripe a payment that was canceled stays so",
    "with_authorize_adjustment": "Flint does not raise an authorization",
    "with_charge_back": "a dispute leaves what was paid and shows beside it",
    "with_refund_reverse": "at Stripe a refund fails as a whole",
    "with_authorization_success_and_refund_success_events": "only captured money can go back",
    "event_multiple_events": "it adjusts an authorization and captures it twice",
    "event_multiple_events_with_auth_charge_and_refund_without_psp_references": "every object at Stripe has an id",
    "event_multiple_events_with_charge_and_refund": "at Stripe a refund is made in full or not at all",
}

# With "older" in its name, a case's last event was made before the one that is listed first, and only came later.
OLDER = "older"

KINDS = {
    "AUTHORIZATION": TransferKind.AUTHORIZE,
    "CHARGE": TransferKind.CHARGE,
    "REFUND": TransferKind.REFUND,
    "CANCEL": TransferKind.VOID,
}
STATES = {"REQUEST": TransferState.PENDING, "SUCCESS": TransferState.SUCCEEDED, "FAILURE": TransferState.DECLINED}
STRIPE_KINDS = {
    ("AUTHORIZATION", "REQUEST"): "payment_intent.processing",
    ("AUTHORIZATION", "SUCCESS"): "payment_intent.amount_capturable_updated",
    ("AUTHORIZATION", "FAILURE"): "payment_intent.payment_failed",
    ("CHARGE", "REQUEST"): "payment_intent.processing",
    ("CHARGE", "SUCCESS"): "payment_intent.succeeded",
    ("CHARGE", "FAILURE"): "payment_intent.payment_failed",
    ("REFUND", "REQUEST"): "refund.created",
    ("REFUND", "SUCCESS"): "refund.updated",
    ("REFUND", "FAILURE"): "refund.failed",
    ("CANCEL", "REQUEST"): "payment_intent.processing",
    ("CANCEL", "SUCCESS"): "payment_intent.canceled",
}


class SlowBank:
    """A processor that answers every call with "later", and that knows how each transfer stands."""

    name = "slow bank"

    def __init__(self) -> None:
        self.stands: dict[str, TransferState] = {}
        self.answers_at_once = True

    async def perform(self, transfer: Transfer) -> Outcome:
        self.stands[transfer.transfer_id] = TransferState.SUCCEEDED
        return self._told(transfer, TransferState.SUCCEEDED if self.answers_at_once else TransferState.PENDING)

    async def find(self, transfer: Transfer) -> Outcome:
        return self._told(transfer, self.stands[transfer.transfer_id])

    async def attach(self, errand: Attach) -> Outcome:
        raise AssertionError("these cases save nothing")

    async def detach(self, errand: Detach) -> Outcome:
        raise AssertionError("these cases save nothing")

    async def find_method(self, errand: Attach | Detach) -> Outcome:
        raise AssertionError("these cases save nothing")

    def _told(self, transfer: Transfer, state: TransferState) -> Outcome:
        kind = "re" if transfer.kind is TransferKind.REFUND else "pi"
        reference = transfer.payment_reference if kind == "pi" else None
        decline = Decline(code="card_declined", message="no") if state is TransferState.DECLINED else None
        return Outcome(state=state, reference=reference or f"{kind}_{transfer.transfer_id[4:]}", decline=decline)

    async def notices(self) -> list[Notice]:
        return []

    async def acknowledge(self, notice_ids: Sequence[str]) -> None:
        return None


def cents(amount: str) -> int:
    return round(float(amount) * 100)


@dataclass(frozen=True, slots=True)
class Movement:
    """One psp_reference of a case: what is asked for, how it ends, and the events that tell of it, as they came."""

    word: str
    amount: int
    ends: str
    told: tuple[str, ...]


def movements_of(case: dict[str, Any]) -> list[Movement]:
    by_reference: dict[str, list[tuple[str, str, int]]] = {}
    for logged in case["events"]:
        word, state = logged["type"].split("_")
        by_reference.setdefault(logged["psp_reference"], []).append((word, state, cents(logged["amount"])))
    older = OLDER in case["id"]
    return [
        Movement(log[0][0], log[0][2], log[0 if older else -1][1], tuple(state for _, state, _ in log))
        for log in by_reference.values()
    ]


async def play(house: House, case: dict[str, Any], mixed: Sequence[int]) -> dict[str, int]:
    """Ask for a case's movements, tell of them in this order, and say what came of the orders in its own words."""
    bank = SlowBank()
    post = StripePost(house)
    house.flint = house.flint_for(DEFAULT_MERCHANT_ID, processor=bank)
    post.inbox = post.another_inbox()
    movements = movements_of(case)
    captured = sum(cents(logged["amount"]) for logged in case["events"]) + 1_00_00
    refunding = any(movement.word == "REFUND" for movement in movements)
    paid = next((m.amount for m in movements if m.word == "CHARGE"), captured) if refunding else 0
    shared = await new_order(house, paid, now=True) if refunding else ""
    telling: list[tuple[str, Transfer]] = []
    order_ids = {shared} if refunding else set[str]()
    for movement in movements:
        if movement.word == "CHARGE" and refunding:
            continue  # the payment that the refunds are of
        order_id = shared if movement.word == "REFUND" else await new_order(house, movement.amount)
        order_ids.add(order_id)
        bank.answers_at_once = False
        known = {transfer.transfer_id for transfer in await post.transfers()}
        await ask(house, bank, movement, order_id)
        asked = [transfer for transfer in await post.transfers() if transfer.transfer_id not in known]
        [transfer] = [transfer for transfer in asked if transfer.kind is KINDS[movement.word]]
        bank.stands[transfer.transfer_id] = STATES[movement.ends]
        telling += [(STRIPE_KINDS[movement.word, state], transfer) for state in movement.told]
    for place in mixed:
        if place < len(telling):
            await post.tell_of(*telling[place])
            await post.inbox.settle()
    await post.settle_all()
    return await told_in_their_words(house, post, order_ids, paid if paid == captured else 0)


async def new_order(house: House, amount: int, *, now: bool = False) -> str:
    order_id = await house.order_of(LineInput(name="Lamp", unit_price=Amount(amount=amount)))
    if now:
        await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    return order_id


async def ask(house: House, bank: SlowBank, movement: Movement, order_id: str) -> None:
    match movement.word:
        case "REFUND":
            target = RefundTarget(order_id=order_id, amount=Amount(amount=movement.amount))
            await house.do(CreateRefund(target=target))
        case "CANCEL":
            bank.answers_at_once = True
            paid = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
            bank.answers_at_once = False
            await house.do(VoidPayment(payment_id=paid["payments"][0]["paymentIntentId"]))
        case word:
            later = word == "AUTHORIZATION"
            await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=later))


async def told_in_their_words(house: House, post: StripePost, order_ids: set[str], given: int) -> dict[str, int]:
    """Saleor takes refunds, asked for ones included, out of what was charged; Flint shows both."""
    settled = [(await house.read(order_id))["settlementAmounts"] for order_id in order_ids]
    total = {
        name: sum(order[name]["amount"] for order in settled)
        for name in ("authorizedMoney", "paidMoney", "refundedMoney")
    }
    transfers = await post.transfers()

    def moved(kind: TransferKind, state: TransferState) -> int:
        return sum(transfer.amount for transfer in transfers if (transfer.kind, transfer.state) == (kind, state))

    pending = TransferState.PENDING
    return {
        "authorize_pending_value": moved(TransferKind.AUTHORIZE, pending),
        "authorized_value": total["authorizedMoney"],
        "charge_pending_value": moved(TransferKind.CHARGE, pending),
        "charged_value": total["paidMoney"] - total["refundedMoney"] - given,
        "refund_pending_value": moved(TransferKind.REFUND, pending),
        "refunded_value": total["refundedMoney"] - moved(TransferKind.REFUND, pending),
        "cancel_pending_value": moved(TransferKind.VOID, pending),
        "canceled_value": moved(TransferKind.VOID, TransferState.SUCCEEDED),
    }


async def test_third_party_event_logs_end_as_their_authors_say(third_party_cases: Path, tmp_path: Path) -> None:
    cases = json.loads((third_party_cases / "payment_event_cases.json").read_text())
    played = 0
    for case in cases:
        if case["id"].removeprefix("saleor-txn-") in WITHOUT_MEANING:
            continue
        played += 1
        count = len(case["events"])
        orders = [*itertools.permutations(range(count)), tuple(range(count)) * 2]
        for number, mixed in enumerate(orders[:: max(1, len(orders) // 6)]):
            async with opened(tmp_path / f"{case['id']}-{number}") as house:
                came = await play(house, case, mixed)
            expected = {name: cents(value) for name, value in case["expected"].items()}
            assert {name: came[name] for name in expected} == expected, (case["id"], mixed)
    assert (played, len(WITHOUT_MEANING)) == (13, 10)
