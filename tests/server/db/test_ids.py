from datetime import timedelta
from random import Random

from ulid import ULID

from flint_domain.kernel.ids import is_id
from flint_server.db import Ulids
from tests.server.db.given import START


def test_ids_are_prefixed_ulids_of_their_time() -> None:
    made = Ulids().new_id("ord", START)
    assert is_id(made, "ord")
    assert ULID.from_str(made.removeprefix("ord_")).datetime == START


def test_ids_rise_within_a_millisecond_over_time_and_when_the_clock_steps_back() -> None:
    ids = Ulids()
    times = [START, START, START + timedelta(microseconds=10), START + timedelta(seconds=1), START - timedelta(days=1)]
    made = [ids.new_id("evt", at) for at in times for _ in range(50)]
    assert made == sorted(set(made))


def test_a_seed_repeats_its_ids() -> None:
    first, second = Ulids(Random(5)), Ulids(Random(5))
    assert [first.new_id("li", START) for _ in range(3)] == [second.new_id("li", START) for _ in range(3)]
    assert Ulids().new_id("li", START) != Ulids().new_id("li", START)
