"""Make, change and delete endpoints; ask for a delivery once more."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flint_domain.commands.shown import beside
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.telling import Told
from flint_domain.reactions.webhooks.lookup import delivery_of, endpoint_of
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work
from flint_domain.webhooks import rules
from flint_domain.webhooks.events import EVERY_CHANGE, EventFilter, chosen
from flint_domain.webhooks.model import Endpoint, Secret
from flint_domain.webhooks.targets import parse_target
from flint_domain.webhooks.views import delivery_view, endpoint_view

SECRET_SHOWN_ONCE = (
    "the secret is shown only in the first answer of this call: keep it now. Lost? Call create_webhook_endpoint with "
    "this endpointId and rotateSecret true"
)

SWITCHED_OFF = "switched off by a call"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRef(Ref):
    """A webhook endpoint, with what the command has to say beside it."""

    endpoint_id: str
    warnings: tuple[str, ...] = ()


class _ShowsEndpoint:
    """A command whose answer is an endpoint; a deleted one is shown once more, as deleted."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = EndpointRef

    @staticmethod
    def show(tx: ReadTransaction, ref: EndpointRef, caller: Caller) -> dict[str, Any]:
        endpoint = tx.webhook_endpoint(ref.endpoint_id) or endpoint_of(tx, ref.endpoint_id)
        return beside({"endpoint": endpoint_view(endpoint).to_wire(keep_empty=False)}, ref.warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveWebhookEndpoint(_ShowsEndpoint):
    """A new endpoint, or, with endpoint_id, a change of one; None leaves a field as it is.

    rotate makes a new secret and leaves the old one valid for a day. private_allowed is the operator's leave to reach
    this machine and its network; tools do not give it.
    """

    name: ClassVar[str] = "create_webhook_endpoint"
    endpoint_id: Told[str | None] = None
    url: str | None = None
    events: Told[tuple[EventFilter, ...] | None] = None
    description: Told[str | None] = None
    enabled: Told[bool | None] = None
    rotate: Told[bool] = False
    private_allowed: Told[bool] = False

    def change(self, work: Work) -> EndpointRef:
        url = None if self.url is None else parse_target(self.url).url
        if self.endpoint_id is None:
            return self._create(work, url)
        now, before = work.tx.now, endpoint_of(work.tx, self.endpoint_id)
        after = replace(
            before,
            url=url or before.url,
            # The operator's leave is for one address, not for wherever a later call points the endpoint.
            private_allowed=before.private_allowed if url is None else self.private_allowed,
            events=chosen(self.events or before.events),
            description=before.description if self.description is None else self.description or None,
            updated_at=now,
        )
        secret = work.tx.new_secret() if self.rotate else None
        if secret is not None:
            if len(rules.valid_secrets(before, now)) >= rules.MOST_SECRETS:
                raise Refused(
                    "invalid_argument",
                    f"{rules.MOST_SECRETS} secrets of this endpoint are valid, which is the most.",
                    hint="use the newest one; the others expire 24 hours after they were replaced",
                    param="rotateSecret",
                )
            after = rules.rotated(after, secret, now)
        if self.enabled is True and before.status != "enabled":
            after = rules.enabled(after, now)
        if self.enabled is False and before.status != "disabled":
            after = rules.disabled(after, SWITCHED_OFF, now)
            work.tx.fail_webhook_deliveries(after.endpoint_id, "the endpoint was disabled")
        work.tx.save_webhook_endpoint(after)
        return _shown(after, secret)

    def _create(self, work: Work, url: str | None) -> EndpointRef:
        if url is None:
            raise Refused(
                "invalid_argument",
                "A new endpoint needs url.",
                hint="give url, or the endpointId of the endpoint to change",
                param="url",
            )
        if len(work.tx.webhook_endpoints()) >= rules.MOST_ENDPOINTS:
            raise Refused(
                "too_many_endpoints",
                f"There are {rules.MOST_ENDPOINTS} webhook endpoints already, which is the most.",
                hint="delete one with delete_webhook_endpoint, or change one by its endpointId",
            )
        secret = work.tx.new_secret()
        endpoint = Endpoint(
            endpoint_id=work.new_id("wh"),
            merchant_id=work.tx.merchant_id,
            url=url,
            events=chosen(self.events or (EVERY_CHANGE,)),
            secrets=(Secret(value=secret),),
            description=self.description or None,
            private_allowed=self.private_allowed,
            status="disabled" if self.enabled is False else "enabled",
            reason=SWITCHED_OFF if self.enabled is False else None,
            created_at=work.tx.now,
            updated_at=work.tx.now,
        )
        work.tx.add_webhook_endpoint(endpoint)
        return _shown(endpoint, secret)


def _shown(endpoint: Endpoint, secret: str | None) -> EndpointRef:
    if secret is None:
        return EndpointRef(endpoint_id=endpoint.endpoint_id)
    return EndpointRef(endpoint_id=endpoint.endpoint_id, warnings=(SECRET_SHOWN_ONCE,), once={"secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteWebhookEndpoint(_ShowsEndpoint):
    """End an endpoint and what was on its way to it; the delivery log stays."""

    name: ClassVar[str] = "delete_webhook_endpoint"
    endpoint_id: Told[str]

    def change(self, work: Work) -> EndpointRef:
        endpoint = rules.deleted(endpoint_of(work.tx, self.endpoint_id), work.tx.now)
        work.tx.fail_webhook_deliveries(endpoint.endpoint_id, "the endpoint was deleted")
        work.tx.save_webhook_endpoint(endpoint)
        return EndpointRef(endpoint_id=endpoint.endpoint_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRef(Ref):
    """A delivery, with what the command has to say beside it."""

    delivery_id: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliverWebhook:
    """Send an event once more: the same body under the same webhook-id."""

    name: ClassVar[str] = "redeliver_webhook"
    ref: ClassVar[type[Ref]] = DeliveryRef
    delivery_id: Told[str]

    def change(self, work: Work) -> DeliveryRef:
        before = delivery_of(work.tx, self.delivery_id)
        endpoint = work.tx.webhook_endpoint(before.endpoint_id)
        if endpoint is None or endpoint.status != "enabled":
            state = "deleted" if endpoint is None else endpoint.status
            raise Refused(
                "webhook_endpoint_disabled",
                f"The endpoint {before.endpoint_id} is {state}.",
                hint="create_webhook_endpoint with this endpointId and enabled true switches a disabled one on",
                param="deliveryId",
            )
        after = rules.once_more(before, work.tx.now)
        ref = DeliveryRef(delivery_id=before.delivery_id)
        if after is before:
            why = "it is being sent right now" if before.state == "sending" else "an earlier event has to arrive first"
            return replace(ref, warnings=(f"nothing changed: {why}",))
        work.tx.save_webhook_delivery(after, was=before)
        if endpoint.held_until is not None:
            work.tx.save_webhook_endpoint(replace(endpoint, held_until=None, updated_at=work.tx.now))
        return ref

    @staticmethod
    def show(tx: ReadTransaction, ref: DeliveryRef, caller: Caller) -> dict[str, Any]:
        delivery = delivery_view(delivery_of(tx, ref.delivery_id))
        return beside({"delivery": delivery.to_wire(keep_empty=False)}, ref.warnings)
