"""What Stripe's endpoint takes: signed just now with a secret of ours, small, readable, and once."""

import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette

from flint_domain.kernel.errors import Refused
from flint_server.db import DEFAULT_MERCHANT_ID, SqliteStore, open_store
from flint_server.db.inbox import InboxRecords
from flint_server.processors.stripe.events import StripeEvent
from flint_server.stripe_events import endpoint
from flint_server.stripe_events.endpoint import LARGEST_BODY, STRIPE_PATH, TOLERANCE, StripeInbox
from tests.server.db.given import TurnedClock
from tests.server.http.given import OLD_SECRET, SECRET, Answer, asked, event, signed


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def store(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[SqliteStore]:
    async with open_store(tmp_path / "flint.db", clock) as opened:
        yield opened


class Door:
    """The endpoint over a real store."""

    def __init__(self, store: SqliteStore, clock: TurnedClock, secrets: tuple[str, ...] = (SECRET,)) -> None:
        self.path = store.path
        self.clock = clock
        records = InboxRecords(store)

        async def keep(received: StripeEvent) -> bool:
            return await records.keep(DEFAULT_MERCHANT_ID, received)

        self.app = Starlette(routes=[StripeInbox(secrets, keep, clock).route()])

    async def post(self, body: str | bytes, headers: dict[str, str] | None = None) -> Answer:
        raw = body if isinstance(body, bytes) else body.encode()
        return await asked(self.app, "POST", STRIPE_PATH, [raw], headers)

    async def told(self, told: object, secret: str = SECRET) -> Answer:
        body = json.dumps(told)
        return await self.post(body, signed(body, self.clock.now(), secret))

    def stored(self) -> list[tuple[str, str, str]]:
        with closing(sqlite3.connect(self.path)) as driver:
            return driver.execute("SELECT id, type, body FROM stripe_events ORDER BY seq").fetchall()


@pytest.fixture
def door(store: SqliteStore, clock: TurnedClock) -> Door:
    return Door(store, clock)


async def test_a_signed_event_is_on_the_disk_before_it_is_answered(door: Door) -> None:
    answer = await door.told(event("payment_intent.succeeded", event_id="evt_1"))
    assert (answer.status, answer.json) == (200, {"received": True})
    assert [row[:2] for row in door.stored()] == [("evt_1", "payment_intent.succeeded")]


async def test_an_event_that_comes_again_is_answered_alike_and_stored_once(door: Door) -> None:
    told = event("payment_intent.succeeded", event_id="evt_1")
    answers = [await door.told(told) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len(door.stored()) == 1


async def test_nothing_of_the_buyer_is_kept(door: Door) -> None:
    changed = {
        "id": "ch_1",
        "object": "charge",
        "payment_intent": "pi_stripe_1",
        "billing_details": {"name": "Ann Example", "email": "ann@example.com", "address": {"line1": "1 Main Street"}},
        "receipt_email": "ann@example.com",
        "payment_method_details": {"card": {"last4": "4242", "fingerprint": "Xt5EWLLDS7FJjR1c"}},
        "metadata": {
            "transfer_id": "trf_01KARRG0000000000000000001",
            "payment_id": "pi_01KARRG0000000000000000001",
            "capture_transfer_id": "trf_01KARRG0000000000000000002",
            "note": "for Ann",
        },
    }
    await door.told(event("charge.succeeded", changed, event_id="evt_1"))
    [(_, _, body)] = door.stored()
    assert json.loads(body) == {
        "event_id": "evt_1",
        "type": "charge.succeeded",
        "created": "2026-11-18T11:06:40Z",
        "livemode": False,
        "object_id": "ch_1",
        "payment_reference": "pi_stripe_1",
        "payment_id": "pi_01KARRG0000000000000000001",
        "transfer_ids": ["trf_01KARRG0000000000000000001", "trf_01KARRG0000000000000000002"],
    }


async def test_a_dispute_is_kept_with_its_deadline(door: Door) -> None:
    changed = {
        "id": "du_1",
        "object": "dispute",
        "amount": 1000,
        "currency": "jpy",
        "charge": "ch_1",
        "payment_intent": "pi_stripe_1",
        "reason": "fraudulent",
        "status": "needs_response",
        "is_charge_refundable": True,
        "created": 1_795_000_000,
        "evidence_details": {"due_by": 1_795_600_000},
        "evidence": {"customer_name": "Ann Example"},
        "metadata": {},
    }
    assert (await door.told(event("charge.dispute.created", changed))).status == 200
    [(_, _, body)] = door.stored()
    assert json.loads(body)["dispute"] == {
        "reference": "du_1",
        "payment_reference": "pi_stripe_1",
        "amount": 1000,
        "currency": "JPY",
        "reason": "fraudulent",
        "status": "needs_response",
        "evidence_due_by": "2026-11-25T09:46:40Z",
        "refundable": True,
        "created_at": "2026-11-18T11:06:40Z",
    }
    del changed["amount"]
    assert (await door.told(event("charge.dispute.updated", changed))).status == 400


# ── signatures ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_while_a_secret_is_rotated_both_are_valid(store: SqliteStore, clock: TurnedClock) -> None:
    door = Door(store, clock, (SECRET, OLD_SECRET))
    for secret, status in ((SECRET, 200), (OLD_SECRET, 200), ("whsec_of_somebody_else", 400)):
        assert (await door.told(event("payment_intent.succeeded"), secret)).status == status


async def test_a_signature_among_several_is_enough(door: Door) -> None:
    body = json.dumps(event("payment_intent.succeeded"))
    good = signed(body, door.clock.now())["stripe-signature"]
    header = good.replace(",", f",v0=abc,v1={'0' * 64},")
    assert (await door.post(body, {"stripe-signature": header})).status == 200


@pytest.mark.parametrize(
    ("seconds", "status"), [(-TOLERANCE - 1, 400), (-TOLERANCE, 200), (TOLERANCE, 200), (TOLERANCE + 1, 400)]
)
async def test_old_and_future_signatures_are_refused(door: Door, seconds: int, status: int) -> None:
    body = json.dumps(event("payment_intent.succeeded"))
    answer = await door.post(body, signed(body, door.clock.now() + timedelta(seconds=seconds)))
    assert answer.status == status
    assert len(door.stored()) == (status == 200)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=abc",
        "t=now,v1=abc",
        "t=-5,v1=abc",
        "t=1795000000",
        "t=1795000000,v0=abc",
        "t,t=1795000000,v1=abc",
        "t=1795000000,v1",
        "t=1795000000,v1=é",
        "t=²,v1=abc",
        f"t={'9' * 4000},v1=abc",
        "t=1795000000," + ",".join(["v1=abc"] * 1000),
    ],
)
async def test_a_header_that_stripe_would_not_write_is_refused(door: Door, header: str) -> None:
    answer = await door.post(json.dumps(event("payment_intent.succeeded")), {"stripe-signature": header})
    assert answer.status == 400
    assert door.stored() == []


async def test_a_body_that_was_changed_after_signing_is_refused(door: Door) -> None:
    body = json.dumps(event("payment_intent.succeeded"))
    headers = signed(body, door.clock.now())
    for changed in (body.replace("false", "true "), body + " ", body[:-1], ""):
        assert (await door.post(changed, headers)).status == 400
    assert (await door.post(body)).status == 400
    assert door.stored() == []


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = event("payment_intent.succeeded")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "1" * 5000,
        "[" * 100_000,
        '"event"',
        "{}",
        json.dumps({**WHOLE, "object": "v2.core.event"}),
        *(
            json.dumps({name: value for name, value in WHOLE.items() if name != left})
            for left in ("id", "type", "data")
        ),
        *(
            json.dumps({name: value for name, value in WHOLE.items() if name != left})
            for left in ("created", "livemode")
        ),
        json.dumps({**WHOLE, "id": "evt_1'; DROP TABLE orders"}),
        json.dumps({**WHOLE, "id": "evt_" + "1" * 300}),
        json.dumps({**WHOLE, "id": 5}),
        json.dumps({**WHOLE, "type": "Payment Intent"}),
        json.dumps({**WHOLE, "type": "a" * 101}),
        json.dumps({**WHOLE, "created": 10**40}),
        json.dumps({**WHOLE, "created": True}),
        json.dumps({**WHOLE, "livemode": "no"}),
        json.dumps({**WHOLE, "data": []}),
        json.dumps({**WHOLE, "data": {"object": "pi_1"}}),
    ],
    ids=lambda body: body[:30],
)
async def test_a_signed_body_that_is_no_event_is_refused(door: Door, body: str) -> None:
    answer = await door.post(body, signed(body, door.clock.now()))
    assert answer.status == 400
    assert "DROP" not in answer.json["error"]
    assert door.stored() == []


async def test_a_body_that_is_not_utf_8_is_refused(door: Door) -> None:
    answer = await door.post(b"\xff\xfe", signed("{}", door.clock.now()))
    assert (answer.status, answer.json) == (400, {"error": "The body is not UTF-8."})


@pytest.mark.parametrize("changed", [{"object": "balance"}, {"id": "x" * 300}, {"id": 5, "metadata": "none"}])
async def test_an_event_about_something_unknown_is_kept_without_its_ids(door: Door, changed: dict[str, object]) -> None:
    assert (await door.told(event("balance.available", changed))).status == 200
    assert "object_id" not in json.loads(door.stored()[0][2])


async def test_ids_in_metadata_that_are_not_ours_are_left_out(door: Door) -> None:
    metadata = {"transfer_id": "trf_' OR 1=1", "payment_id": "ord_01KARRG0000000000000000001"}
    changed = {"id": "pi_1", "object": "payment_intent", "metadata": metadata}
    assert (await door.told(event("payment_intent.succeeded", changed))).status == 200
    assert not {"transfer_ids", "payment_id"} & set(json.loads(door.stored()[0][2]))


async def test_a_body_that_says_it_is_too_long_is_not_read(door: Door) -> None:
    headers = {"content-length": str(LARGEST_BODY + 1)}
    answer = await asked(door.app, "POST", STRIPE_PATH, [b"x"] * 9, headers)
    assert (answer.status, answer.chunks_read) == (413, 0)
    assert answer.headers["connection"] == "close"
    headers = {"content-length": "9" * 5000}
    assert (await asked(door.app, "POST", STRIPE_PATH, [b"x"], headers)).status == 413


async def test_a_body_without_end_is_read_no_further_than_the_limit(door: Door) -> None:
    answer = await asked(door.app, "POST", STRIPE_PATH, [b"x" * 65_536] * 1000)
    assert (answer.status, answer.chunks_read) == (413, 5)


async def test_the_largest_body_is_taken(door: Door) -> None:
    body = json.dumps(event("payment_intent.succeeded"))
    body += " " * (LARGEST_BODY - len(body))
    assert (await door.post(body, signed(body, door.clock.now()))).status == 200


async def test_a_body_that_comes_in_drops_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "BODY_WITHIN", 0.01)
    answer = await asked(door.app, "POST", STRIPE_PATH, [b"x"], stalls=True)
    assert answer.status == 408


async def test_a_caller_who_hangs_up_is_refused(door: Door) -> None:
    assert (await asked(door.app, "POST", STRIPE_PATH, [b"{"], hangs_up=True)).status == 400


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_post_is_answered(door: Door, method: str) -> None:
    answer = await asked(door.app, method, STRIPE_PATH)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


async def test_without_a_secret_nothing_is_taken_and_the_log_says_what_to_do(
    store: SqliteStore, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door(store, clock, ())
    for _ in range(3):
        answer = await asked(door.app, "POST", STRIPE_PATH, [b"x"] * 9)
        assert (answer.status, answer.chunks_read) == (503, 0)
    assert [record.getMessage().count("FLINT_STRIPE_WEBHOOK_SECRET") for record in caplog.records] == [1]


async def test_an_event_that_cannot_be_stored_is_asked_for_again(
    clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def keep(_: StripeEvent) -> bool:
        raise Refused("storage_unavailable", "The database is locked.", hint="wait")

    app = Starlette(routes=[StripeInbox((SECRET,), keep, clock).route()])
    body = json.dumps(event("payment_intent.succeeded"))
    answer = await asked(app, "POST", STRIPE_PATH, [body.encode()], signed(body, clock.now()))
    assert answer.status == 503
    assert "not stored" in caplog.text


async def test_refusals_repeat_nothing_of_the_request(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "flint_server")
    body = json.dumps({"name": "Ann Example", "secret": SECRET})
    for headers in (signed(body, door.clock.now()), {"stripe-signature": "t=1,v1=Ann"}, {}):
        answer = await door.post(body, headers)
        assert answer.status == 400
        assert b"Ann" not in answer.body
    assert "Ann" not in caplog.text
    assert SECRET not in caplog.text
