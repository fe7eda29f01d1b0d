"""A dry run: the whole command with every transfer succeeding, shown and then rolled back by the store."""

from collections.abc import Sequence
from typing import Any

from flint_domain.command import Command
from flint_domain.payments.model import Outcome, TransferState
from flint_domain.ports import Transaction
from flint_domain.show import show
from flint_domain.wire import Json
from flint_domain.work import Work


def rehearse(tx: Transaction, command: Command, work: Work, exposed: frozenset[str]) -> dict[str, Any]:
    """The answer the command would have, with `wouldTransfer`; ids of things that do not exist yet are null."""
    shown = command.change(work)
    moved: list[Json] = []
    for transfer in work.planned:  # grows while settling plans more
        work.settle(transfer.transfer_id, Outcome(state=TransferState.SUCCEEDED))
    money = (transfer for transfer in (*work.planned, *work.settled_here) if transfer.order_id is not None)
    for transfer in sorted(money, key=lambda made: made.transfer_id):
        moved.append(
            {
                "kind": str(transfer.kind),
                "amountMoney": {"amount": transfer.amount, "currency": transfer.currency},
                "paymentIntentId": transfer.payment_id,
            }
        )
    answer: dict[str, Any] = {**show(tx, shown, exposed), "dryRun": True, "wouldTransfer": moved}
    return {name: _without(value, work.new_ids) for name, value in answer.items()}


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
