"""How often the rules for what people write are wrong about digits, and what they cost a call."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from benchmarks.measuring import table
from flint_domain.kernel.cards import card_numbers
from flint_domain.kernel.text import NAME, NOTE, written
from flint_tools.arguments import parse
from flint_tools.bounds import check_bounds
from flint_tools.orders import CreateOrderTool
from tests.domain.numbers import IDENTIFIERS, Make, digits, split

SEED = 20261127
NUMBERS, QUICK_NUMBERS = 1_000_000, 60_000  # in all, an equal share of each kind
ROUNDS = 200
SENTENCE = "Please ring twice and leave it with Frau Müller on the 2nd floor, tel. 0171 4567890, before 18:00. "
LINE = {"name": "Pro Plan, année", "unitPriceMoney": {"amount": 9900, "currency": "USD"}, "itemId": "pro-annual"}
CALL = {"lineItems": [LINE] * 5, "note": SENTENCE, "shippingAddress": {"line1": "1 Rue de l'Église", "country": "FR"}}


async def measure(folder: Path, *, quick: bool) -> str:
    """False alarms among numbers that name things, hits among random ones, and the time that a text takes."""
    count = (QUICK_NUMBERS if quick else NUMBERS) // len(IDENTIFIERS)
    rows = [[kind, f"{count:,}", *_alarms(make, count)] for kind, make in IDENTIFIERS.items()]
    rows += [
        [f"random, {size} digits", f"{count:,}", *_alarms(lambda random, size=size: digits(random, size), count)]
        for size in (13, 15, 16)
    ]
    rows.append(["random, 24 digits in fours", f"{count:,}", *_alarms(_in_fours, count)])
    head = ["numbers", "tried", "refused as identifiers", "refused in words"]
    alarms = table("text: card numbers seen where there are none", head, rows)
    return f"{alarms}\n\n{table('text: what the rules cost', ['work', 'microseconds'], _costs())}"


def _in_fours(random: Random) -> str:
    return split(digits(random, 24), (4,) * 5, " ")


def _alarms(make: Make, count: int) -> tuple[str, str]:
    random = Random(SEED)
    as_identifier = in_words = 0
    for _ in range(count):
        number = make(random)
        as_identifier += bool(card_numbers(number, "identifier"))
        in_words += bool(card_numbers(number))
    return str(as_identifier), f"{in_words} ({in_words / count:.2%})"


def _costs() -> list[list[str]]:
    note = (SENTENCE * 20)[:2_000]
    return [
        ["a name in ASCII", _microseconds(lambda: written("Pro Plan - Annual", NAME))],
        ["a name with accents", _microseconds(lambda: written("Pro Plan, année", NAME))],
        ["a note of 2,000 characters", _microseconds(lambda: written(note, NOTE))],
        ["the bounds of create_order with five lines", _microseconds(lambda: check_bounds(CALL))],
        ["all checks of that call", _microseconds(lambda: parse(CreateOrderTool, CALL))],
    ]


def _microseconds(work: Callable[[], object]) -> str:
    """The processor time of one go, the quickest of many: other programs only make it slower."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time_ns()
        for _ in range(10):
            work()
        best = min(best, (time.process_time_ns() - started) / 10)
    return f"{best / 1_000:.1f}"
