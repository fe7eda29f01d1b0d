"""What happened: the one record behind the audit trail, webhooks and notifications."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flint_domain.kernel.ids import IdPrefix


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a rule did. type follows the product page (ORDER_CREATED, PAYMENT_CAPTURED, …); data has
    wire names and amounts in minor units; actor, when set, replaces the transaction's."""

    type: str
    summary: str
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who did something: the actor, as the trail shows it, and the principal whose call it was (see kernel.callers)."""

    actor: str
    principal: str = "local"


@dataclass(frozen=True, slots=True)
class Activity:
    """A fact as it was stored: when, by whom, in which version of its subject."""

    activity_id: str
    type: str
    summary: str
    data: dict[str, Any]
    actor: str
    at: datetime
    version: int
    principal: str = "local"


@dataclass(frozen=True, slots=True)
class Moment:
    """What a rule may not find out by itself: the time, and new identifiers."""

    now: datetime
    new_id: Callable[[IdPrefix], str]
