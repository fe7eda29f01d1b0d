"""Prefixed, sortable identifiers: `ord_01K…` is an order's ULID behind its prefix."""

import re
from typing import Literal

IdPrefix = Literal[
    "ord",  # order
    "li",  # line item
    "chg",  # charge
    "ful",  # fulfillment
    "ret",  # return
    "amd",  # amendment
    "cus",  # customer
    "pm",  # saved payment method
    "pi",  # payment
    "ref",  # refund
    "trf",  # transfer
    "gift",  # gift card
    "crd",  # a customer's store credit
    "ent",  # an entry of a gift card's or a store credit's ledger
    "cpn",  # coupon
    "item",  # catalog item
    "var",  # variant of an item
    "stk",  # a change of stock
    "txr",  # tax rate
    "plan",  # plan
    "sub",  # subscription
    "inv",  # invoice
    "cn",  # credit note
    "evt",  # activity
    "mer",  # merchant
    "wh",  # webhook endpoint
    "whd",  # webhook delivery
]

ULID_LENGTH = 26  # Crockford base 32, https://github.com/ulid/spec
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")


def is_id(value: str, prefix: IdPrefix) -> bool:
    """Whether value is spelled like an id of this kind; says nothing about its existence."""
    head, _, tail = value.partition("_")
    return head == prefix and _ULID.match(tail) is not None
