"""Orders, payments, refunds and coupons as resources, and the reference pages beside them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from mcp import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from flint_domain.commands.payments import GetPayment
from flint_domain.commands.refunds import GetRefund
from flint_domain.engine.engine import Engine
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.ids import IdPrefix, is_id
from flint_domain.queries.catalog import GetItem
from flint_domain.queries.coupons import GetCoupon
from flint_domain.queries.customers import GetCustomer
from flint_domain.queries.orders import GetOrder
from flint_domain.unit_of_work.command import Query
from flint_tools.checks import KINDS
from flint_tools.reference import TestCard, pages
from flint_tools.rendering.structured import structured
from flint_tools.rendering.text import as_json
from flint_tools.selection import ALL_TOOLS

SCHEME = "flint://"
JSON_TYPE = "application/json"


def _of_kind(prefix: IdPrefix, query: Callable[[str], Query]) -> Callable[[str], Query]:
    """The query of an id that was checked first: an address is text of anybody's, and is never repeated bare."""

    def checked(key: str) -> Query:
        if not is_id(key, prefix):
            raise Refused(
                "not_found",
                f"{quoted(key)} is not {KINDS[prefix]}'s id.",
                hint=f"{KINDS[prefix]}'s id begins with {prefix}_; copy it from a former answer",
            )
        return query(key)

    return checked


_TEMPLATES: tuple[tuple[str, str, str, Callable[[str], Query]], ...] = (
    (
        "orders/{orderId}",
        "order",
        "An order in full",
        _of_kind("ord", lambda key: GetOrder(order_id=key, view="full")),
    ),
    (
        "orders/{orderId}/activities",
        "order-activities",
        "The newest page of an order's trail",
        _of_kind("ord", lambda key: GetOrder(order_id=key, view="timeline")),
    ),
    ("payments/{paymentIntentId}", "payment", "A payment", _of_kind("pi", lambda key: GetPayment(payment_id=key))),
    ("refunds/{refundId}", "refund", "A refund", _of_kind("ref", lambda key: GetRefund(refund_id=key))),
    (
        "customers/{customerId}",
        "customer",
        "A customer with saved methods and history",
        _of_kind("cus", lambda key: GetCustomer(customer_id=key)),
    ),
    ("items/{itemId}", "item", "An item with its stock", _of_kind("item", lambda key: GetItem(item_id=key))),
    ("coupons/{couponCode}", "coupon", "A coupon by its code", lambda key: GetCoupon(code=key)),
)


class Resources:
    """What resources/list, resources/templates/list and resources/read answer."""

    def __init__(self, flint: Engine, cards: tuple[TestCard, ...], caller: Caller) -> None:
        self._flint = flint
        self._caller = caller
        self._pages = pages(cards, ALL_TOOLS)

    def listed(self) -> list[Resource]:
        return [
            Resource(uri=f"{SCHEME}reference/{name}", name=name, description=text, mime_type=JSON_TYPE)
            for name, (text, _) in self._pages.items()
        ]

    def templates(self) -> list[ResourceTemplate]:
        return [
            ResourceTemplate(uri_template=SCHEME + path, name=name, description=text, mime_type=JSON_TYPE)
            for path, name, text, _ in _TEMPLATES
        ]

    async def read(self, uri: str) -> ReadResourceResult:
        """The resource as JSON, as programs read it: every field that is not null.

        Raises MCPError: invalid params for an address that nothing has, with the addresses there are.
        """
        try:
            content = await self._content(uri)
        except Refused as refused:
            code = INTERNAL_ERROR if refused.retryable else INVALID_PARAMS
            raise MCPError(code=code, message=f"{refused.message} {refused.hint}", data={"uri": uri}) from None
        text = as_json(structured(content, whole=True))
        return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type=JSON_TYPE, text=text)])

    async def _content(self, uri: str) -> dict[str, Any]:
        parts = [unquote(part) for part in uri.removeprefix(SCHEME).split("/")] if uri.startswith(SCHEME) else []
        match parts:
            case ["reference", name] if name in self._pages:
                return self._pages[name][1]()
            case [kind, key]:
                wanted = f"{kind}/"
            case [kind, key, part]:
                wanted = f"{kind}/{part}"
            case _:
                wanted, key = "", ""
        for path, _, _, query in _TEMPLATES:
            head, _, tail = path.partition("/")
            if wanted == f"{head}/{tail.partition('/')[2]}":
                return await self._flint.ask(query(key), self._caller)
        addresses = [path for path, *_ in _TEMPLATES] + [f"reference/{name}" for name in self._pages]
        known = ", ".join(SCHEME + path for path in addresses)
        raise Refused("not_found", "There is no resource with this address.", hint=f"have: {known}")
