"""Which fields of a command an answer may repeat to somebody else."""

from typing import Annotated, TypeVar

T = TypeVar("T")


class MayBeTold:
    """The mark of a field that is told to whoever uses a command's idempotency key again. That may be somebody else
    than the first user, so what paid, who it was for and what people wrote have none. Inside a value that is told, its
    own fields decide."""


Told = Annotated[T, MayBeTold()]
