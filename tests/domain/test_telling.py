"""What a refusal repeats of a command's fields: those that are marked where they are declared, and nothing else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from flint_domain.engine.commands import COMMANDS
from flint_domain.engine.telling import told
from flint_domain.kernel.telling import MayBeTold, Told
from flint_domain.unit_of_work.command import Command
from flint_domain.unit_of_work.fingerprint import NOT_FINGERPRINTED

# Every field, at any depth, that is kept and not told: what paid, who it was for, and what people wrote.
NOT_TOLD = {
    "create_order": {"lines.note", "shipping_address", "note", "metadata"},
    "update_order": {
        "update.add.note",
        "update.change.note",
        "update.shipping_address",
        "update.note",
        "update.metadata",
    },
    "cancel_order": {"cancel_reason"},
    "pay_order": {"sources", "tenders.source", "buyer_email"},
    "create_refund": {"note", "refund_to"},
    "amend_order": {
        *("update.add.note", "update.change.note", "update.shipping_address", "update.note", "update.metadata"),
        *("source", "refund_to"),
    },
    "return_items": {
        *("request.items.replacement.note", "request.note", "keep.name"),
        *("source", "refund_to"),
    },
    "move_payment": {"source"},
    "save_customer": {"profile"},
    "erase_customer": {"customer_id"},
    "add_payment_method": {"source"},
    "adjust_inventory": {"note"},
    "issue_gift_card": {"note"},
    "issue_store_credit": {"note"},
    "adjust_gift_card": {"note"},
    "import_tax_rates": {"source"},
    "create_webhook_endpoint": {"url"},
    "import_customers": {"records"},
    "import_items": {"records"},
    "import_orders": {"records"},
}


def is_marked(hint: Any) -> bool:
    return any(isinstance(mark, MayBeTold) for mark in getattr(hint, "__metadata__", ()))


def made_of(hint: Any) -> list[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        return [hint]
    return [found for part in get_args(hint) for found in made_of(part)]


def not_told(model: type, path: str = "") -> Iterator[str]:
    hints = get_type_hints(model, include_extras=True)
    for field in fields(model):
        if not path and field.name in NOT_FINGERPRINTED:
            continue
        if not is_marked(hints[field.name]):
            yield f"{path}{field.name}"
        for inner in made_of(hints[field.name]) if is_marked(hints[field.name]) else ():
            yield from not_told(inner, f"{path}{field.name}.")


def filled(model: type) -> dict[str, Any]:
    """Kept fields of a model, each with a word of its own that says whether it may be told."""
    hints = get_type_hints(model, include_extras=True)
    kept: dict[str, Any] = {}
    for field in fields(model):
        hint = hints[field.name]
        if not is_marked(hint):
            kept[field.name] = {"by name": ["a secret"], "secret": "a secret"}
        else:
            kept[field.name] = [filled(inner) for inner in made_of(hint)] or f"open {field.name}"
    return kept


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_field_without_a_mark_is_not_told(command: type[Command]) -> None:
    assert set(not_told(command)) == NOT_TOLD.get(command.name, set())
    kept = filled(command)
    answer = json.dumps(told(command, kept))
    assert "secret" not in answer
    assert answer.count("(not shown)") == json.dumps(kept).count('"by name"')
    assert answer.count("open ") == json.dumps(kept).count("open ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    weight: Told[int]
    for_whom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    parcels: Told[tuple[Parcel, ...]]
    came_later: str = ""


def test_a_value_is_told_by_the_marks_inside_it() -> None:
    kept = {"parcels": [{"weight": 3, "for_whom": "Ann"}], "came_later": "Ann", "of_another_release": "Ann"}
    assert told(Send, kept) == {
        "parcels": [{"weight": 3, "forWhom": "(not shown)"}],
        "cameLater": "(not shown)",
        "ofAnotherRelease": "(not shown)",
    }
