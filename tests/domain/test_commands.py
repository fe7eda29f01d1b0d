"""Every command is found by its name, for as long as records keep that name."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import get_type_hints

import pytest

import flint_domain.commands
import flint_domain.importing
from flint_domain.commands.gift_cards import AccountRef
from flint_domain.engine.commands import BY_NAME, COMMANDS, ref_from_json, ref_to_json
from flint_domain.unit_of_work.command import Command
from tests.domain import command_names

# Records are shown by these names: one may be added (`python -m tests.tools.snapshots --write`), none may change or go.
NAMES = command_names.stored()


def declared() -> Iterator[type]:
    """Every class of the domain that says how it changes records, and by which name."""
    for package in (flint_domain.commands, flint_domain.importing):
        for found in iter_modules(package.__path__, f"{package.__name__}."):
            module = import_module(found.name)
            for each in vars(module).values():
                made_here = isinstance(each, type) and each.__module__ == found.name and is_dataclass(each)
                if made_here and hasattr(each, "change") and hasattr(each, "name"):
                    yield each


def test_the_names_are_those_that_records_keep() -> None:
    assert sorted(command.name for command in COMMANDS) == NAMES
    assert len(BY_NAME) == len(COMMANDS)


def test_every_command_is_on_the_list() -> None:
    assert set(declared()) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_shows_what_it_returns(command: type[Command]) -> None:
    assert get_type_hints(command.change)["return"] is command.ref
    assert get_type_hints(command.show)["ref"] is command.ref


def test_a_secret_is_in_no_record() -> None:
    ref = AccountRef(account_id="gca_1", warnings=("now or never",), once={"code": "GIFT-1"})
    kept = ref_to_json(ref)
    assert kept == {"account_id": "gca_1", "warnings": ["now or never"]}
    assert ref_from_json("issue_gift_card", kept) == AccountRef(account_id="gca_1", warnings=("now or never",))
    assert "GIFT-1" not in repr(ref)
