"""Items, variants and stock as a transaction reads and writes them (see flint_domain.catalog.ports)."""


class CatalogReading:
    """The part of a read transaction that is about this."""

    __slots__ = ()


class CatalogWriting(CatalogReading):
    """The part of a writing transaction that is about this."""

    __slots__ = ()
