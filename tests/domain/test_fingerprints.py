"""A key that was used before an argument was added still belongs to the call that used it."""

from decimal import Decimal

import pytest

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.after_payment import AmendOrder, ReturnItems
from flint_domain.commands.catalog import SaveItem
from flint_domain.commands.orders import CancelOrder, CreateOrder
from flint_domain.commands.payments import PayOrder, TenderInput
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, ChargeInput, LineInput, OrderUpdate
from flint_domain.unit_of_work.command import Command
from flint_domain.unit_of_work.fingerprint import fingerprint_of

ONE = Amount(amount=1)
TENDER = TenderInput(source="tok_visa", money=Amount(amount=100))

# The digests are those of November 2026, before tenders without an amount, reasons, refundTo and keepMoney.
CALLS: tuple[tuple[Command, str], ...] = (
    (
        CancelOrder(order_id="ord_1"),
        "4463fdb05dd61128c1aaf68f6afe433958fd1c438bd83b8549bb6aab82b05224",
    ),
    (
        PayOrder(order_id="ord_1", tenders=(TENDER,)),
        "75646b3a2f74db390344403b8c4b496935041ab86d9cfb3c2625b04a22fcd87b",
    ),
    (
        PayOrder(order_id="ord_1", sources=("tok_visa",)),
        "6abf2d9e9f0d5f8b56125f18d182dbf7ba39b9da7883f7bb9edeed11f68c08b8",
    ),
    (
        CreateRefund(target=RefundTarget(order_id="ord_1", amount=Amount(amount=5)), note="n"),
        "e1f9da37b5d7c959cf8f7e543811d71b8d82329e50478a4c20dbf632a0a5fd10",
    ),
    (
        ReturnItems(order_id="ord_1", request=ReturnRequest(items=(ReturnItem(line_id="li_1", quantity=Decimal(1)),))),
        "83b0017d943b77a64543b17fa6a87a504d6cc0b1e12950a439eb788e2e1ff6b2",
    ),
    (
        CreateOrder(lines=(LineInput(name="Mug", unit_price=ONE),), charges=(ChargeInput(name="s", money=ONE),)),
        "ad40d1ff8d821b87f9064ee8d1ef9c3d6d394a00969f61f2caf8299646bd04ba",
    ),
    (
        AmendOrder(order_id="ord_1", update=OrderUpdate(remove=("li_1",))),
        "fbd035a43ac53683356b7fee063cfcb83e3bce818bdf97e92becce1135b2d844",
    ),
    (
        SaveItem(item_name="Tee", variants=(VariantInput(sku="TEE-M", price=Amount(amount=1999)),)),
        "54a8987f417f63ed29a0da76b94a0053154e5792c94f59e752c001c80cccd9e3",
    ),
)


@pytest.mark.parametrize(("command", "digest"), CALLS, ids=[command.name for command, _ in CALLS])
def test_a_call_of_before_has_the_fingerprint_of_before(command: Command, digest: str) -> None:
    assert fingerprint_of(command) == digest
