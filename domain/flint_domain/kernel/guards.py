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
        hint = "read the order for what is possible now"
        if block.instead or block.unblocked_by:
            hint = f"call {block.instead} instead" if block.instead else f"call {block.unblocked_by} first"
        raise Refused(block.code, f"Not possible: {block.reason}.", hint=hint, order_id=order_id)
