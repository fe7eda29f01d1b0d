"""Saved payment methods: what the processor's answer to attaching and detaching makes of them."""

from typing import TYPE_CHECKING

from flint_domain.payments.model import Outcome, Transfer

if TYPE_CHECKING:
    from flint_domain.work import Work


def settle(work: "Work", transfer: Transfer, outcome: Outcome) -> None:
    """Put the processor's answer on the customer's method."""
