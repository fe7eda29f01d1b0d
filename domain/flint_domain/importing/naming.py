"""The names that records have in files: the merchant's own, or one that is made from Flint's id."""

from flint_domain.kernel.ids import IdPrefix, is_id

_MADE = "flint."  # no id of Flint's begins like this, so that another Flint may take such a name for a reference


def name_of(reference: str | None, record_id: str) -> str:
    """What a record is called in a file: `c-17`, or `flint.cus_01…` for one without a reference of its own."""
    return reference or f"{_MADE}{record_id}"


def id_in(name: str, prefix: IdPrefix) -> str | None:
    """The id that a name was made from, if it is of this kind."""
    made = name.removeprefix(_MADE)
    return made if made != name and is_id(made, prefix) else None
