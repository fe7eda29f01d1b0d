"""Coupons, tax rates, transfers and idempotency records, as ports.Transaction promises them."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from flint_domain.order.payments.model import TransferKind, TransferState
from flint_domain.unit_of_work.ports import DueWork, Transaction
from flint_server.db import SqliteStore
from flint_server.db.stale import StaleWrite
from tests.server.db.given import (
    MERCHANT,
    START,
    TurnedClock,
    new_record,
    scalar,
    stored_coupon,
    stored_order,
    stored_rate,
    stored_transfer,
)

# ── coupons ──


async def test_a_coupon_is_found_by_its_code_in_any_case(store: SqliteStore) -> None:
    coupon = await stored_coupon(store, "Größe20")
    for code in ("Größe20", "GRÖSSE20", "größe20"):
        assert await store.read(MERCHANT, lambda tx, code=code: tx.coupon(code)) == coupon


async def test_a_code_is_given_once(store: SqliteStore) -> None:
    coupon = await stored_coupon(store, "LAUNCH20")
    again = replace(coupon, coupon_id="cpn_other", code="launch20")
    assert not await store.write(MERCHANT, lambda tx: tx.add_coupon(again))
    assert await store.read(MERCHANT, lambda tx: tx.coupon("launch20")) == coupon


async def test_saving_a_coupon_leaves_its_uses_as_they_are_counted(store: SqliteStore) -> None:
    coupon = await stored_coupon(store, "LAUNCH20", max_uses=5)
    await store.write(MERCHANT, lambda tx: tx.redeem_coupon(coupon.coupon_id, "ord_1", None))
    await store.write(MERCHANT, lambda tx: tx.save_coupon(replace(coupon, version=2, active=False, uses=0)))
    saved = await store.read(MERCHANT, lambda tx: tx.coupon("LAUNCH20"))
    assert saved == replace(coupon, version=2, active=False, uses=1)
    with pytest.raises(StaleWrite):
        await store.write(MERCHANT, lambda tx: tx.save_coupon(replace(coupon, version=2)))


async def test_coupons_are_listed_newest_first_by_code_and_activity(store: SqliteStore) -> None:
    codes = ["SUMMER_1", "SUMMER%2", "winter"]
    coupons = [await stored_coupon(store, code, active=code != "SUMMER_1") for code in codes]

    async def listed(
        text: str | None = None, active: bool | None = None, before: str | None = None, limit: int = 9
    ) -> list[str]:
        found = await store.read(
            MERCHANT, lambda tx: tx.coupons(text=text, active=active, before_id=before, limit=limit)
        )
        return [coupon.code for coupon in found]

    assert await listed() == ["winter", "SUMMER%2", "SUMMER_1"]
    assert await listed(text="summer") == ["SUMMER%2", "SUMMER_1"]
    assert await listed(text="r_") == ["SUMMER_1"]
    assert await listed(text="%") == ["SUMMER%2"]
    assert await listed(active=True) == ["winter", "SUMMER%2"]
    assert await listed(active=False) == ["SUMMER_1"]
    assert await listed(before=coupons[2].coupon_id, limit=1) == ["SUMMER%2"]
    assert await listed(before="cpn_none") == []


async def test_a_coupon_is_redeemed_up_to_its_limit(store: SqliteStore) -> None:
    coupon = await stored_coupon(store, "TWO", max_uses=2)
    limits = [
        await store.write(MERCHANT, lambda tx, n=n: tx.redeem_coupon(coupon.coupon_id, f"ord_{n}", "ann"))
        for n in range(3)
    ]
    assert limits == [None, None, "total"]


async def test_a_customer_redeems_a_coupon_up_to_their_own_limit(store: SqliteStore) -> None:
    coupon = await stored_coupon(store, "ONCE", max_uses_per_customer=1)

    async def redeem(order_id: str, customer_id: str) -> str | None:
        return await store.write(MERCHANT, lambda tx: tx.redeem_coupon(coupon.coupon_id, order_id, customer_id))

    assert await redeem("ord_1", "ann") is None
    assert await redeem("ord_2", "ann") == "customer"
    assert await redeem("ord_3", "bob") is None
    counted = await store.read(MERCHANT, lambda tx: tx.coupon("ONCE"))
    assert counted is not None
    assert counted.uses == 2


async def test_releasing_a_coupon_gives_back_what_was_counted_once(store: SqliteStore) -> None:
    coupon = await stored_coupon(store, "ONCE", max_uses=1, max_uses_per_customer=1)

    def redeem_and_release_twice(tx: Transaction) -> list[str | None]:
        answers = [tx.redeem_coupon(coupon.coupon_id, "ord_1", "ann")]
        tx.release_coupon(coupon.coupon_id, "ord_1")
        tx.release_coupon(coupon.coupon_id, "ord_1")
        answers.append(tx.redeem_coupon(coupon.coupon_id, "ord_2", "ann"))
        answers.append(tx.redeem_coupon(coupon.coupon_id, "ord_3", "ann"))
        return answers

    assert await store.write(MERCHANT, redeem_and_release_twice) == [None, None, "total"]


async def test_a_use_without_a_customer_limit_is_not_counted_for_the_customer(store: SqliteStore) -> None:
    coupon = await stored_coupon(store, "FREE")

    def redeem_then_limit(tx: Transaction) -> list[str | None]:
        answers = [tx.redeem_coupon(coupon.coupon_id, "ord_1", "ann")]
        tx.save_coupon(replace(coupon, version=2, max_uses_per_customer=1))
        tx.release_coupon(coupon.coupon_id, "ord_1")
        answers += [tx.redeem_coupon(coupon.coupon_id, f"ord_{n}", "ann") for n in (2, 3)]
        return answers

    assert await store.write(MERCHANT, redeem_then_limit) == [None, None, "customer"]


# ── tax rates ──


async def test_tax_rates_are_listed_oldest_first(store: SqliteStore) -> None:
    rates = [await stored_rate(store, name=name) for name in ("a", "b", "c")]
    assert await store.read(MERCHANT, lambda tx: tx.tax_rates()) == rates
    assert await store.read(MERCHANT, lambda tx: tx.tax_rate(rates[1].tax_rate_id)) == rates[1]


async def test_one_active_rate_at_most_is_the_default(store: SqliteStore) -> None:
    default = await stored_rate(store, default=True)
    retired = await stored_rate(store, default=True, active=False)
    assert await store.read(MERCHANT, lambda tx: tx.default_tax_rate()) == default
    with pytest.raises(sqlite3.IntegrityError):
        await stored_rate(store, default=True)

    def hand_over(tx: Transaction) -> None:
        tx.save_tax_rate(replace(default, version=2, default=False))
        tx.save_tax_rate(replace(retired, version=2, active=True))

    await store.write(MERCHANT, hand_over)
    assert await store.read(MERCHANT, lambda tx: tx.default_tax_rate()) == replace(retired, version=2, active=True)
    with pytest.raises(StaleWrite):
        await store.write(MERCHANT, lambda tx: tx.save_tax_rate(retired))


# ── transfers ──


async def test_a_transfer_is_saved_only_from_the_state_it_was_in(store: SqliteStore) -> None:
    order = await stored_order(store)
    planned = await stored_transfer(store, order)
    done = replace(planned, state=TransferState.SUCCEEDED, reference="pi_at_stripe")

    assert await store.write(MERCHANT, lambda tx: tx.save_asked(done, was="planned"))
    late = replace(planned, state=TransferState.DECLINED)
    assert not await store.write(MERCHANT, lambda tx: tx.save_asked(late, was="planned"))
    assert await store.read(MERCHANT, lambda tx: tx.transfer(planned.transfer_id)) == done


async def test_a_lease_is_taken_when_it_has_run_out_by_one(store: SqliteStore, clock: TurnedClock) -> None:
    order = await stored_order(store)
    transfer = await stored_transfer(store, order)
    until = START + timedelta(minutes=10)

    async def lease() -> bool:
        return await store.write(MERCHANT, lambda tx: tx.lease_asked(transfer.transfer_id, until))

    assert not await lease()
    clock.turn(minutes=2)
    assert [await lease(), await lease()] == [True, False]
    leased = await store.read(MERCHANT, lambda tx: tx.transfer(transfer.transfer_id))
    assert leased == replace(transfer, leased_until=until)


async def test_a_settled_transfer_cannot_be_leased(store: SqliteStore, clock: TurnedClock) -> None:
    order = await stored_order(store)
    transfer = await stored_transfer(store, order, state=TransferState.SUCCEEDED)
    clock.turn(hours=1)
    until = clock.now() + timedelta(minutes=2)
    assert not await store.write(MERCHANT, lambda tx: tx.lease_asked(transfer.transfer_id, until))


async def test_unsettled_transfers_are_those_of_the_command_without_a_final_answer(store: SqliteStore) -> None:
    order = await stored_order(store)
    states = [*TransferState]
    transfers = [await stored_transfer(store, order, state=state, idempotency_key="mine") for state in states]
    await stored_transfer(store, order, idempotency_key="other")
    await stored_transfer(store, order, idempotency_key=None)
    unsettled = await store.read(MERCHANT, lambda tx: tx.unsettled("local", "mine"))
    assert unsettled == [t for t in transfers if t.state not in (TransferState.SUCCEEDED, TransferState.DECLINED)]


async def test_due_work_is_every_merchants_expired_leases_longest_first(store: SqliteStore, clock: TurnedClock) -> None:
    other = (await store.add_merchant("Other", "EUR")).merchant_id
    mine, theirs = await stored_order(store), await stored_order(store, other)
    soon = await stored_transfer(store, mine, leased_until=START + timedelta(minutes=2))
    first = await stored_transfer(store, theirs, other, leased_until=START + timedelta(minutes=1))
    await stored_transfer(store, mine, leased_until=START + timedelta(minutes=3))
    await stored_transfer(store, mine, leased_until=START, state=TransferState.DECLINED)

    assert await store.due_work() == []
    clock.turn(minutes=2)
    due = [DueWork(other, first.transfer_id), DueWork(MERCHANT, soon.transfer_id)]
    assert await store.due_work() == due
    assert await store.due_work(limit=1) == due[:1]


async def test_a_processors_reference_belongs_to_one_payment(store: SqliteStore) -> None:
    order = await stored_order(store)
    await stored_transfer(store, order, reference="pi_1")
    await stored_transfer(store, order, reference="pi_1", kind=TransferKind.CAPTURE)
    await stored_transfer(store, order, reference="pi_1", kind=TransferKind.CAPTURE)
    with pytest.raises(sqlite3.IntegrityError):
        await stored_transfer(store, order, reference="pi_1")


# ── idempotency records ──


async def test_an_idempotency_record_is_kept_and_closed(store: SqliteStore) -> None:
    record = await store.write(MERCHANT, lambda tx: new_record(tx, "key"))
    await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(record))
    assert await store.read(MERCHANT, lambda tx: tx.idempotency_record("local", "key")) == record

    answer = {"order": {"total": 1485}, "warnings": []}
    closed = replace(record, answer=answer)
    assert await store.write(MERCHANT, lambda tx: tx.answer_idempotency_record("local", "key", answer))
    assert await store.read(MERCHANT, lambda tx: tx.idempotency_record("local", "key")) == closed


@pytest.mark.parametrize(("principal", "key"), [("local", "key"), ("local", "other"), ("support-bot", "key")])
async def test_an_answer_is_kept_once_and_for_its_own_key_only(store: SqliteStore, principal: str, key: str) -> None:
    record = await store.write(MERCHANT, lambda tx: new_record(tx, "key", answer={"first": True}))
    await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(record))
    later = {"first": False}
    assert not await store.write(MERCHANT, lambda tx: tx.answer_idempotency_record(principal, key, later))
    assert await store.read(MERCHANT, lambda tx: tx.idempotency_record("local", "key")) == record


async def test_a_taken_key_is_not_taken_again(store: SqliteStore) -> None:
    await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(new_record(tx, "key")))
    with pytest.raises(StaleWrite, match="taken"):
        await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(new_record(tx, "key", command="pay_order")))
    theirs = await store.write(MERCHANT, lambda tx: new_record(tx, "key", principal="support-bot"))
    await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(theirs))
    assert await store.read(MERCHANT, lambda tx: tx.idempotency_record("support-bot", "key")) == theirs


async def test_an_idempotency_record_is_forgotten_after_thirty_days_and_its_key_free(
    store: SqliteStore, clock: TurnedClock
) -> None:
    await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(new_record(tx, "key")))
    clock.turn(days=30, microseconds=-1)
    assert await store.read(MERCHANT, lambda tx: tx.idempotency_record("local", "key")) is not None
    clock.turn(microseconds=1)
    assert await store.read(MERCHANT, lambda tx: tx.idempotency_record("local", "key")) is None

    again = await store.write(MERCHANT, lambda tx: new_record(tx, "key", command="pay_order"))
    await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(again))
    assert await store.read(MERCHANT, lambda tx: tx.idempotency_record("local", "key")) == again


async def test_forgotten_idempotency_records_are_cleared_away_while_others_are_written(
    store: SqliteStore, clock: TurnedClock
) -> None:
    def add_many(tx: Transaction) -> None:
        for number in range(250):
            tx.add_idempotency_record(new_record(tx, f"old-{number}"))

    await store.write(MERCHANT, add_many)
    clock.turn(days=31)
    await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(new_record(tx, "new")))
    for _ in range(250):
        await store.write(MERCHANT, lambda tx: None)
    assert await store.read(MERCHANT, lambda tx: scalar(tx, "SELECT count(*) FROM idempotency_records")) == 1
    assert await store.read(MERCHANT, lambda tx: tx.idempotency_record("local", "new")) is not None
