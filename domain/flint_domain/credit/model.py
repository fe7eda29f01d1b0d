"""Gift cards and store credit, as frozen values."""

from flint_domain.kernel.ids import is_id

LEDGER = "flint"  # the books that gift cards and store credit are kept in, where a processor's name stands otherwise


def is_account(source: str) -> bool:
    """Whether a payment source is a gift card or a store credit, kept in Flint's own books."""
    return is_id(source, "gift") or is_id(source, "crd")
