"""Every command there is, whether a tool asks for it or not: a record is shown by the command of its name."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon, RemoveCoupon, UpdateCoupon
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.gift_cards import AdjustGiftCard, IssueGiftCard, IssueStoreCredit
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.orders import CancelOrder, CloseOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payment_methods import AddPaymentMethod, RemovePaymentMethod
from flint_domain.commands.payments import CapturePayment, PayOrder, VoidPayment
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.commands.refunds import CreateRefund
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.commands.tax_import import ImportTaxRates
from flint_domain.commands.webhooks import DeleteWebhookEndpoint, RedeliverWebhook, SaveWebhookEndpoint
from flint_domain.importing.commands import ImportCustomers, ImportItems, ImportOrders
from flint_domain.unit_of_work.command import Command, Ref

COMMANDS: tuple[type[Command], ...] = (
    *(CreateOrder, UpdateOrder, CancelOrder, CloseOrder),
    *(ApplyCoupon, RemoveCoupon, CreateCoupon, UpdateCoupon),
    *(PayOrder, CapturePayment, VoidPayment),
    *(CreateRefund,),
    *(AmendOrder, ReturnItems, MovePayment),
    *(FulfillOrder,),
    *(SaveCustomer, MergeCustomers, EraseCustomer),
    *(AddPaymentMethod, RemovePaymentMethod),
    *(SaveItem, AdjustInventory),
    *(IssueGiftCard, IssueStoreCredit, AdjustGiftCard),
    *(SaveTaxRate, ImportTaxRates),
    *(SaveWebhookEndpoint, DeleteWebhookEndpoint, RedeliverWebhook),
    *(ImportCustomers, ImportItems, ImportOrders),
)

BY_NAME: Mapping[str, type[Command]] = {command.name: command for command in COMMANDS}


def ref_to_json(ref: Ref) -> dict[str, Any]:
    """What an idempotency record keeps of a ref: all but its defaults, and no secret."""
    kept = ((each.name, getattr(ref, each.name), each.default) for each in fields(ref) if each.name != "once")
    return to_jsonable_python({name: value for name, value, default in kept if value != default})


def ref_from_json(command: str, kept: dict[str, Any]) -> Ref:
    """The ref that a record of this command keeps."""
    return _reader(BY_NAME[command].ref).validate_python(as_kept_now(kept))


@cache
def _reader(model: type[Ref]) -> TypeAdapter[Ref]:
    """What reads refs of this type; made when the first record of such a command is read, which few processes do."""
    return TypeAdapter(model)


def as_kept_now(kept: dict[str, Any]) -> dict[str, Any]:
    """What a record keeps, also of one that was made before commands had refs of their own: it had the fields of all
    commands, empty but for its own, and a kind, which the command's name says.

    A record is kept for thirty days, so this goes thirty days after the release that brings it.
    """
    if "kind" not in kept:
        return kept
    return {name: value for name, value in kept.items() if value is not None and name not in ("kind", "once")}
