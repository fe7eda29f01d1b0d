"""A dry run: the whole command with every transfer succeeding, shown and then rolled back by the store."""

from collections.abc import Sequence
from typing import Any

from flint_domain.customers.errands import Attach
from flint_domain.kernel.wire import Json
from flint_domain.order.payments.model import Asked, Outcome, Transfer, TransferKind, TransferState
from flint_domain.order.payments.rules import payment_of
from flint_domain.settling import settle
from flint_domain.unit_of_work.command import Command
from flint_domain.unit_of_work.ports import Transaction
from flint_domain.unit_of_work.work import Work, load


def rehearse(tx: Transaction, command: Command, work: Work) -> dict[str, Any]:
    """The answer the command would have, with `wouldTransfer`; ids of things that do not exist yet are null."""
    ref = command.change(work)
    of_nothing: set[str] = set()
    for asked in work.planned:  # grows while settling plans more
        if _holds_nothing(tx, asked):
            of_nothing.add(asked.asked_id)
        settle(work, asked.asked_id, Outcome(state=TransferState.SUCCEEDED))
    made = [transfer for transfer in _through(tx, work) if transfer.transfer_id not in of_nothing]
    moved: list[Json] = [
        {
            "kind": str(transfer.kind),
            "amountMoney": {"amount": transfer.amount, "currency": transfer.currency},
            "paymentIntentId": transfer.payment_id,
        }
        for transfer in _moving(made)
    ]
    answer: dict[str, Any] = {**command.show(tx, ref, work.caller), "dryRun": True, "wouldTransfer": moved}
    if any(isinstance(asked, Transfer | Attach) for asked in work.planned):
        _warned(answer)
    return {name: _without(value, work.new_ids) for name, value in answer.items()}


UNASKED = "the processor was not asked: it may still refuse what this dry run shows as done"


def _warned(answer: dict[str, Any]) -> None:
    """Say in the answer what a dry run cannot know, where its other warnings are."""
    holder = answer.get("order", answer)
    holder["warnings"] = [*holder.get("warnings", ()), UNASKED]


def _holds_nothing(tx: Transaction, asked: Asked) -> bool:
    """Whether this would give up a payment that waits for its buyer: no money is held for it."""
    if not isinstance(asked, Transfer) or asked.kind is not TransferKind.VOID:
        return False
    return payment_of(load(tx, asked.order_id).order, asked.payment_id).authorized == 0


def _through(tx: Transaction, work: Work) -> list[Transfer]:
    """Transfers of money that went through here, in the order in which they were planned: what a gift card declines
    moves nothing, and an errand is no money."""
    asked = (tx.transfer(asked.asked_id) for asked in sorted((*work.planned, *work.settled_here), key=_written))
    settled = (made for made in asked if made is not None and made.amount)
    return [made for made in settled if made.state is TransferState.SUCCEEDED]


def _written(asked: Asked) -> str:
    """Ids grow with the order in which they were made."""
    return asked.asked_id


def _moving(made: Sequence[Transfer]) -> list[Transfer]:
    """Without the holds that end in the same run: captured, they would be told twice; given up, nothing has moved."""
    held = {transfer.payment_id for transfer in made if transfer.kind is TransferKind.AUTHORIZE}
    ended = {transfer.payment_id for transfer in made if transfer.kind in (TransferKind.CAPTURE, TransferKind.VOID)}
    brief = held & ended
    return [
        transfer
        for transfer in made
        if transfer.payment_id not in brief or transfer.kind in (TransferKind.CAPTURE, TransferKind.REFUND)
    ]


def _without(value: Json, new_ids: Sequence[str]) -> Json:
    """JSON with new ids as null, or, inside a sentence, as "(new)"."""
    if isinstance(value, dict):
        return {key: _without(item, new_ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, new_ids) for item in value]
    if isinstance(value, str):
        if value in new_ids:
            return None
        for new_id in new_ids:
            value = value.replace(new_id, "(new)")
    return value
