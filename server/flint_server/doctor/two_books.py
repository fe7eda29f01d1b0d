"""The orders' file and the simulated processor's ledger say the same of every payment, or one of them is not whole."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flint_domain.order.payments.model import TransferKind, TransferState
from flint_server.db.constructs import SQLITE
from flint_server.db.records.transfers import AT_A_PROCESSOR
from flint_server.processors.names import SIMULATED

_ENDED = (TransferState.SUCCEEDED, TransferState.DECLINED)
_TAKES = (TransferKind.CHARGE, TransferKind.CAPTURE)


@dataclass(frozen=True, slots=True)
class Difference:
    """A payment that the two tell differently of: minor units that were taken and given back."""

    payment_id: str
    currency: str
    here: tuple[int, int]
    there: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """payments counts those that both should know; what is still under way is not compared."""

    payments: int
    differences: tuple[Difference, ...]


def compare(database: Path, ledger: Path) -> Comparison:
    """Look at both files without writing; one that is not there has no payments. Raises sqlite3.Error."""
    here, under_way, currencies = _of_orders(database) if database.exists() else ({}, set[str](), {})
    there, unheard = _of_ledger(ledger) if ledger.exists() else ({}, set[str]())
    moved = {payment for book in (here, there) for payment, amounts in book.items() if any(amounts)}
    known = sorted(moved - under_way - unheard)
    differences = [
        Difference(payment, currencies.get(payment, ""), ours, theirs)
        for payment in known
        if (ours := here.get(payment, (0, 0))) != (theirs := there.get(payment, (0, 0)))
    ]
    return Comparison(len(known), tuple(differences))


def _of_orders(database: Path) -> tuple[dict[str, tuple[int, int]], set[str], dict[str, str]]:
    taken, given = Counter[str](), Counter[str]()
    under_way, currencies = set[str](), dict[str, str]()
    with closing(_opened(database)) as driver:
        rows = driver.execute(AT_A_PROCESSOR.text(SQLITE)).fetchall()
    for body, kind, state in rows:
        transfer = json.loads(body)
        if transfer.get("processor", SIMULATED) != SIMULATED:
            continue
        payment, amount = transfer["payment_id"], transfer["amount"]
        currencies[payment] = transfer["currency"]
        if state not in _ENDED:
            under_way.add(payment)
        elif state == TransferState.SUCCEEDED:
            taken[payment] += amount if kind in _TAKES else 0
            given[payment] += amount if kind == TransferKind.REFUND else 0
    return {payment: (taken[payment], given[payment]) for payment in taken.keys() | given.keys()}, under_way, currencies


def _of_ledger(ledger: Path) -> tuple[dict[str, tuple[int, int]], set[str]]:
    with closing(_opened(ledger)) as driver:
        rows = driver.execute(
            "SELECT payment_id, sum(captured), sum(refunded) FROM payments GROUP BY payment_id HAVING sum(captured) > 0"
        ).fetchall()
        unheard = driver.execute(
            "SELECT requests.payment_id FROM notices JOIN requests USING (transfer_id) WHERE acknowledged = 0"
        ).fetchall()
    return {payment: (captured, refunded) for payment, captured, refunded in rows}, {row[0] for row in unheard}


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
