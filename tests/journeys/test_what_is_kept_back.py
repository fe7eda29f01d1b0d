"""What an answer leaves out: another caller's payment source, and tools that this server does not have."""

import pytest

from flint_domain.commands.payments import PayOrder
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.queries.orders import GetOrder
from tests.journeys.house import House


async def test_reusing_a_key_shows_both_commands_but_not_what_paid(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)), "k")
    with pytest.raises(Refused) as refused:
        await shop.do(PayOrder(order_id=order_id, sources=("tok_amex",)), "k")
    assert refused.value.code == "idempotency_key_reused"
    first, this = refused.value.details["first"], refused.value.details["this"]
    assert (first["command"], first["fields"]["orderId"]) == ("pay_order", order_id)
    assert first["fields"]["sources"] == this["fields"]["sources"] == "(not shown)"


async def test_a_hint_names_no_undo_that_this_server_does_not_have(shop: House) -> None:
    order_id = await shop.order_of()
    few = Caller(tools=frozenset({"get_order", "pay_order"}))
    (pay,) = (await shop.flint.ask(GetOrder(order_id=order_id), few))["availableActions"]
    assert (pay["tool"], pay.get("undo")) == ("pay_order", None)
    (pay,) = [a for a in (await shop.read(order_id))["availableActions"] if a["action"] == "pay"]
    assert pay["undo"] == "create_refund"
