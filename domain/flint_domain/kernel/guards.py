"""Why an action is not possible now. Hints show the block, commands raise it: one function, one truth."""

from dataclasses import dataclass

from flint_domain.kernel.errors import ErrorCode, Refused


@dataclass(frozen=True, slots=True)
class Block:
    """Why not, in words for the agent, and the tool that would change it, or the one that does it instead.

    idle marks an action of another stage, that there is nothing to do with (no coupon to remove, nothing to capture,
    the order is paid): short views leave it out.
    """

    code: ErrorCode
    reason: str
    unblocked_by: str | None = None
    instead: str | None = None
    idle: bool = False


def require(block: Block | None, order_id: str) -> None:
    """Raise the block as a refusal; nothing blocks when it is None."""
    if block is not None:
        raise Refused(block.code, f"Not possible: {block.reason}.", hint=_hint(block), order_id=order_id)


def _hint(block: Block) -> str:
    """What to do now. Nobody is told to charge a buyer so that there is something to give back."""
    if block.instead:
        return f"call {block.instead} instead"
    if block.unblocked_by:
        return f"{block.unblocked_by} would make it possible: call it only if that is wanted, too"
    return "read the order for what is possible now"
