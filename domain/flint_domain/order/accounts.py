"""Gift cards and store credit as an order names them."""

from flint_domain.kernel.ids import is_id


def is_account(source: str) -> bool:
    """Whether a payment source is a gift card or a store credit, kept in Flint's own books."""
    return is_id(source, "gift") or is_id(source, "crd")


STORE_CREDIT = "store_credit"  # as callers name the store credit of the order's customer
