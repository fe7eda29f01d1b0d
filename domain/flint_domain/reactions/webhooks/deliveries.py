"""The transactions around a delivery: make its body, take it, and write down what came of it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flint_domain.kernel.callers import Caller
from flint_domain.reactions.webhooks.bodies import bare_payload, payload_of
from flint_domain.unit_of_work.ports import ReadTransaction, Transaction
from flint_domain.unit_of_work.work import load
from flint_domain.webhooks import rules
from flint_domain.webhooks.model import Attempt, Delivery, Endpoint
from flint_domain.webhooks.ports import WebhookWrites

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # past the longest try, which is cut off after 20 s, and the transaction that records it


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that is ours to send until its lease ends, and where it goes."""

    delivery: Delivery
    payload: str
    url: str
    private_allowed: bool
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Parcel({self.delivery.delivery_id})"  # without secrets and buyers' words


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a delivery that has none yet. as_of is the version of the order that is told in it; None for one that
    tells nothing of it."""

    text: str
    as_of: int | None


def pack(tx: ReadTransaction, delivery_ids: Sequence[str], caller: Caller) -> dict[str, Body | None]:
    """The bodies of now of these deliveries, by their ids; None for those that are frozen already."""
    packed: dict[str, Body | None] = {}
    for delivery_id in delivery_ids:
        delivery = tx.webhook_delivery(delivery_id)
        if delivery is not None:
            packed[delivery_id] = None if delivery.payload else _body(tx, delivery, caller)
    return packed


def _body(tx: ReadTransaction, delivery: Delivery, caller: Caller) -> Body:
    """The body; a fault in the making of one must not hold up all others, so its consumer is told to read the order."""
    try:
        text = payload_of(tx, delivery, caller)
        return Body(text, None if delivery.order_id is None else load(tx, delivery.order_id).order.version)
    except Exception:
        logger.exception("delivery %s: the order in it could not be shown", delivery.delivery_id)
        return Body(bare_payload(delivery), None)


def take(tx: Transaction, packed: Mapping[str, Body | None]) -> list[Parcel]:
    """Lease those that are still due, and freeze their bodies. Of several workers, one gets each. What a body tells may
    have changed since it was made, or been erased: such a one is left to the next round."""
    endpoints: dict[str, Endpoint | None] = {}
    parcels: list[Parcel] = []
    for delivery_id, body in packed.items():
        text, as_of = (None, None) if body is None else (body.text, body.as_of)
        delivery = tx.lease_webhook_delivery(delivery_id, tx.now + LEASE, text, as_of=as_of)
        if delivery is None:
            continue
        if delivery.endpoint_id not in endpoints:
            endpoints[delivery.endpoint_id] = tx.webhook_endpoint(delivery.endpoint_id)
        endpoint = endpoints[delivery.endpoint_id]
        assert endpoint is not None, "a foreign key holds it"
        assert delivery.payload is not None, "none is leased without"
        parcels.append(
            Parcel(
                delivery=delivery,
                payload=delivery.payload,
                url=endpoint.url,
                private_allowed=endpoint.private_allowed,
                secrets=rules.valid_secrets(endpoint, tx.now),
            )
        )
    return parcels


def record(tx: WebhookWrites, parcel: Parcel, attempt: Attempt, chance: float) -> Delivery | None:
    """Write down what came of a try, and let the next event of the subject go when this one is through.

    None when the lease had run out and somebody else has taken it on, or when the endpoint has ended meanwhile.
    """
    endpoint = tx.webhook_endpoint(parcel.delivery.endpoint_id)
    assert endpoint is not None, "a foreign key holds it"
    delivery, after = rules.after_attempt(parcel.delivery, endpoint, attempt, chance)
    if not tx.save_webhook_delivery(delivery, was=parcel.delivery):
        return None
    tx.save_webhook_endpoint(after)
    if after.status != endpoint.status:
        tx.fail_webhook_deliveries(after.endpoint_id, f"the endpoint was disabled: {after.reason}")
    elif delivery.state in ("delivered", "failed"):
        tx.release_webhook_delivery(delivery.endpoint_id, delivery.subject)
    return delivery
