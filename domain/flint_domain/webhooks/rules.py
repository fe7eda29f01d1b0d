"""How a delivery goes on after each try, when an endpoint is given up, and how its secrets turn over."""

from dataclasses import replace
from datetime import datetime, timedelta

from flint_domain.webhooks.model import Attempt, Delivery, Endpoint, LastDelivery, Secret

# When each try comes after the one before (Standard Webhooks' suggestion): three days and three hours in all.
SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.2  # a pause is up to a fifth longer, so that deliveries that failed together do not come back together
LONGEST_HOLD = timedelta(hours=24)  # of what a receiver may ask for by Retry-After
GIVEN_UP_AFTER = timedelta(days=5)  # nothing but failures for so long disables an endpoint
OLD_SECRET_VALID = timedelta(hours=24)  # after a rotation both secrets sign, so that consumers change over in peace
LOGGED_ATTEMPTS = 10  # a whole round of the schedule
MOST_SECRETS = 5  # valid at once: each adds a signature to every delivery
MOST_ENDPOINTS = 20  # of a merchant; each adds rows to every change of an order

GONE = 410
ASKS_TO_WAIT = (429, 503)


def after_attempt(delivery: Delivery, endpoint: Endpoint, attempt: Attempt, chance: float) -> tuple[Delivery, Endpoint]:
    """The delivery and its endpoint after a try; chance is from 0 to 1 and lengthens the pause before the next.

    The endpoint is disabled by 410 Gone, and when nothing has succeeded for GIVEN_UP_AFTER.
    """
    delivery = replace(delivery, log=(*delivery.log, attempt)[-LOGGED_ATTEMPTS:])
    endpoint = replace(endpoint, last=_last(delivery, attempt), updated_at=attempt.at)
    if attempt.succeeded:
        return replace(delivery, state="delivered", reason=None), replace(endpoint, failing_since=None, held_until=None)
    failing_since = endpoint.failing_since or attempt.at
    endpoint = replace(endpoint, failing_since=failing_since)
    if attempt.http_status == GONE:
        reason = "the endpoint answered 410 Gone"
        return _failed(delivery, reason), disabled(endpoint, reason, attempt.at)
    if attempt.at - failing_since >= GIVEN_UP_AFTER:
        reason = f"every delivery has failed since {failing_since:%Y-%m-%d %H:%M} UTC"
        return _failed(delivery, reason), disabled(endpoint, reason, attempt.at)
    hold = _hold(attempt)
    if hold:
        endpoint = replace(endpoint, held_until=attempt.at + hold)
    if delivery.tries >= len(SCHEDULE):
        return _failed(delivery, f"all {len(SCHEDULE)} tries failed"), endpoint
    pause = max(SCHEDULE[delivery.tries] * (1 + JITTER * chance), hold)
    return replace(delivery, state="pending", due_at=attempt.at + pause), endpoint


def _last(delivery: Delivery, attempt: Attempt) -> LastDelivery:
    return LastDelivery(
        delivery_id=delivery.delivery_id,
        at=attempt.at,
        delivered=attempt.succeeded,
        http_status=attempt.http_status,
        error=attempt.error,
    )


def _failed(delivery: Delivery, reason: str) -> Delivery:
    return replace(delivery, state="failed", reason=reason)


def _hold(attempt: Attempt) -> timedelta:
    if attempt.http_status not in ASKS_TO_WAIT or attempt.retry_after is None:
        return timedelta(0)
    return min(timedelta(seconds=max(attempt.retry_after, 0)), LONGEST_HOLD)


def disabled(endpoint: Endpoint, reason: str, now: datetime) -> Endpoint:
    return replace(endpoint, status="disabled", reason=reason, updated_at=now)


def enabled(endpoint: Endpoint, now: datetime) -> Endpoint:
    """Switched on, with a clean slate: only new failures count."""
    return replace(endpoint, status="enabled", reason=None, failing_since=None, held_until=None, updated_at=now)


def deleted(endpoint: Endpoint, now: datetime) -> Endpoint:
    """Gone for its callers; the row stays for the delivery log, without its secrets."""
    return replace(endpoint, status="deleted", secrets=(), held_until=None, updated_at=now)


def rotated(endpoint: Endpoint, secret: str, now: datetime) -> Endpoint:
    """With a new secret. The one before stays valid for OLD_SECRET_VALID; what has expired is forgotten."""
    former = tuple(
        old if old.expires_at else replace(old, expires_at=now + OLD_SECRET_VALID)
        for old in endpoint.secrets
        if old.expires_at is None or old.expires_at > now
    )
    return replace(endpoint, secrets=(Secret(value=secret), *former), updated_at=now)


def valid_secrets(endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """The secrets to sign with, the newest first."""
    return tuple(secret.value for secret in endpoint.secrets if secret.expires_at is None or secret.expires_at > now)


def once_more(delivery: Delivery, now: datetime) -> Delivery:
    """A delivery that somebody asks for again.

    One that is through starts its schedule anew, out of line; one that is pending comes at once; one that is being sent
    or has to wait for its turn stays as it is.
    """
    match delivery.state:
        case "delivered" | "failed":
            return replace(delivery, state="pending", again=True, tries=0, reason=None, due_at=now)
        case "pending":
            return replace(delivery, due_at=min(delivery.due_at, now))
        case _:
            return delivery
