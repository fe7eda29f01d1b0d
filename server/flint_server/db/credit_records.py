"""Gift cards and store credit as a transaction reads and writes them (see flint_domain.credit.ports)."""


class CreditReading:
    """The part of a read transaction that is about this."""

    __slots__ = ()


class CreditWriting(CreditReading):
    """The part of a writing transaction that is about this."""

    __slots__ = ()
