"""The benchmark's tools, said in Flint's: each call of a reference solution becomes calls of an agent.

The adapter adds nothing up. What a solution works out with its calculator has to be in one of Flint's answers.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.calling import checked, quick, sent
from tests.support.cases import Task
from tests.support.seeding import Shop, address
from tests.tools.agent import Agent, answer_in, error_in

NEVER_PAID = "tender_never_paid"
INSTEAD = "store_credit"


class Adapter:
    """Plays one task's calls. It keeps every answer, each change after payment with its quote, and by the order's
    number the refusals that made it give store credit instead."""

    def __init__(self, agent: Agent, shop: Shop, task: Task) -> None:
        self.agent = agent
        self.shop = shop
        self.task = task
        self.answers: list[dict[str, Any]] = []
        self.settled: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.refusals: dict[str, dict[str, Any]] = {}
        self._writes = 0
        self._translations: dict[str, Callable[..., Awaitable[None]]] = {
            "find_user_id_by_name_zip": self._find_by_name,
            "find_user_id_by_email": self._find_by_email,
            "get_user_details": self._customer,
            "get_order_details": self._order,
            "get_product_details": self._product,
            "get_item_details": self._item,
            "cancel_pending_order": self._cancel,
            "modify_pending_order_address": self._readdress,
            "modify_pending_order_items": self._swap,
            "modify_pending_order_payment": self._move_payment,
            "return_delivered_order_items": self._return,
            "exchange_delivered_order_items": self._exchange,
            "modify_user_address": self._move_house,
            "calculate": self._nothing,
            "transfer_to_human_agents": self._nothing,
        }

    async def play(self) -> None:
        """The reference solution, call by call, and then what the customer may ask about: everything of theirs."""
        for call in self.task.calls:
            await self._translations[call["name"]](**call["arguments"])
        if self.shop.customer_id is not None:
            await self._read("get_customer", customerId=self.shop.customer_id)
        for order_id in self.shop.orders.values():
            await self._read("get_order", orderId=order_id, view="full")

    # ── reading ──

    async def _read(self, tool: str, **arguments: Any) -> dict[str, Any]:
        self.answers.append(answer := await quick(self.agent, tool, **arguments))
        return answer

    async def _found(self, meant: bool, **words: Any) -> None:
        """The customer and nobody else, if the words are really theirs."""
        found = await self._read("search_customers", **words)
        assert [row["customerId"] for row in found["customers"]] == ([self.shop.customer_id] if meant else [])

    async def _find_by_name(self, first_name: str, last_name: str, zip: str) -> None:
        person = self.task.customer or {}
        is_theirs = zip == person["address"]["zip"]
        await self._found(is_theirs, query=f"{first_name} {last_name}", postalCode=zip)

    async def _find_by_email(self, email: str) -> None:
        person = self.task.customer or {}
        await self._found(email == person["email"], email=email)

    async def _customer(self, user_id: str) -> None:
        await self._read("get_customer", customerId=user_id)

    async def _order(self, order_id: str) -> None:
        """An order by the number that its buyer knows; a wrong one finds nothing."""
        found = await self._read("search_orders", query=order_id)
        known = [self.shop.orders[order_id]] if order_id in self.shop.orders else []
        assert [row["orderId"] for row in found["orders"]] == known
        for found_id in known:
            await self._read("get_order", orderId=found_id, view="full")

    async def _product(self, product_id: str) -> None:
        found = await self._read("search_items", query=product_id)
        for row in found["items"]:
            await self._read("search_items", itemId=row["itemId"])

    async def _item(self, item_id: str) -> None:
        await self._read("search_items", itemId=item_id)

    async def _nothing(self, **_: Any) -> None:
        """What Flint has no part in."""

    # ── writing ──

    async def _write(self, tool: str, **arguments: Any) -> dict[str, Any]:
        self._writes += 1
        key = f"{self.task.task_id}-{self._writes}"
        self.answers.append(answer := await checked(self.agent, tool, **arguments, idempotencyKey=key))
        return answer

    async def _settle(self, number: str, tool: str, **arguments: Any) -> None:
        """A change whose difference moves money, quoted first."""
        arguments = {"orderId": self.shop.orders[number], **arguments}
        quoted = await self._quote(tool, arguments)
        if quoted is None:
            self.refusals[number] = await self.agent.error(tool, **arguments)
            arguments["refundTo"] = INSTEAD
            quoted = await self._quote(tool, arguments)
        assert quoted is not None
        self.settled.append((quoted, await self._write(tool, **arguments)))

    async def _quote(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        """What a dry run says; None when money would go to a method that never paid."""
        result = await sent(self.agent, tool, {**arguments, "dryRun": True})
        if result.is_error:
            assert error_in(result)["code"] == NEVER_PAID, result.content
            return None
        self.answers.append(answer := answer_in(tool, result))
        return answer

    async def _lines(self, number: str, skus: list[str]) -> list[str]:
        """The ids of the lines that are meant; two of one SKU are two lines."""
        order = await self._read("get_order", orderId=self.shop.orders[number])
        left = [(line["sku"], line["lineItemId"]) for line in order["lineItems"]]
        chosen: list[str] = []
        for sku in skus:
            line = next(line for line in left if line[0] == sku)
            left.remove(line)
            chosen.append(line[1])
        return chosen

    def _means(self, method: str) -> dict[str, str]:
        """Whoever pays or gets the difference: which of the two it is, the server finds out."""
        return {"paymentSourceToken": self.shop.sources[method], "refundTo": self.shop.sources[method]}

    async def _cancel(self, order_id: str, reason: str) -> None:
        await self._write("update_order", orderId=self.shop.orders[order_id], metadata={"cancelReason": reason})
        await self._write("cancel_order", orderId=self.shop.orders[order_id])

    async def _readdress(self, order_id: str, **given: str) -> None:
        await self._settle(order_id, "amend_order", shippingAddress=address(given))

    async def _swap(self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str) -> None:
        lines = await self._lines(order_id, item_ids)
        swaps = [{"lineItemId": line, "itemId": new} for line, new in zip(lines, new_item_ids, strict=True)]
        await self._settle(order_id, "amend_order", lineItems=swaps, **self._means(payment_method_id))

    async def _move_payment(self, order_id: str, payment_method_id: str) -> None:
        order = await self._read("get_order", orderId=self.shop.orders[order_id])
        [payment] = order["paymentIntentIds"]
        await self._write(
            "move_payment", paymentIntentId=payment, paymentSourceToken=self.shop.sources[payment_method_id]
        )

    async def _return(self, order_id: str, item_ids: list[str], payment_method_id: str) -> None:
        lines = [{"lineItemId": line} for line in await self._lines(order_id, item_ids)]
        await self._settle(order_id, "return_items", lines=lines, refundTo=self.shop.sources[payment_method_id])

    async def _exchange(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> None:
        lines = await self._lines(order_id, item_ids)
        swaps = [
            {"lineItemId": line, "replacement": {"itemId": new}} for line, new in zip(lines, new_item_ids, strict=True)
        ]
        await self._settle(order_id, "return_items", lines=swaps, **self._means(payment_method_id))

    async def _move_house(self, user_id: str, **given: str) -> None:
        await self._write("save_customer", customerId=user_id, addresses=[address(given)])
