"""An order system with couriers: a receiver on this machine, a clock that tests set, and no chance in the pauses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from standardwebhooks import Webhook

from flint_domain.commands.orders import UpdateOrder
from flint_domain.commands.webhooks import SaveWebhookEndpoint
from flint_domain.order.inputs import OrderUpdate
from flint_domain.queries.webhooks import ListWebhookDeliveries, ListWebhookEndpoints
from flint_server.webhooks.courier import Courier, Send
from flint_server.webhooks.sending import Sender
from flint_server.webhooks.targets import Targets
from tests.journeys.house import House, opened
from tests.server.webhooks.receiver import Receiver, Request, receiving


class NoChance(Random):
    def random(self) -> float:
        return 0.0


class PostOffice:
    """A house whose orders are told of at the receiver."""

    def __init__(self, house: House, receiver: Receiver, targets: Targets) -> None:
        self.house = house
        self.receiver = receiver
        self.sender = Sender(targets, house.clock)
        self.courier = self.another_courier()
        self.secrets: dict[str, str] = {}

    def another_courier(self, send: Send | None = None) -> Courier:
        house = self.house
        return Courier(house.sqlite, send or self.sender.send, house.clock, house.caller, random=NoChance())

    async def endpoint(self, *events: Any, path: str = "/hook", **fields: Any) -> str:
        """The id of a new endpoint at the receiver; its secret is kept."""
        url = fields.pop("url", self.receiver.url(path))
        made = await self.house.do(SaveWebhookEndpoint(url=url, events=events or None, **fields))
        endpoint_id = made["endpoint"]["endpointId"]
        self.secrets[endpoint_id] = made["secret"]
        return endpoint_id

    async def passes(self, **span: float) -> int:
        """Let time pass, and deliver what is due then; how many tries there were."""
        self.house.clock.passes(timedelta(**span))
        return await self.courier.drain()

    async def state_of(self, endpoint_id: str) -> dict[str, Any]:
        [found] = [
            endpoint
            for endpoint in (await self.house.ask(ListWebhookEndpoints()))["endpoints"]
            if endpoint["endpointId"] == endpoint_id
        ]
        return found

    async def log(self, **filters: Any) -> list[dict[str, Any]]:
        """Deliveries, oldest first."""
        return (await self.house.ask(ListWebhookDeliveries(**filters)))["deliveries"][::-1]

    async def statuses(self, **filters: Any) -> list[str]:
        return [delivery["status"] for delivery in await self.log(**filters)]

    async def only(self) -> dict[str, Any]:
        """The one delivery that there is."""
        [delivery] = await self.log()
        return delivery


async def note(house: House, order_id: str, text: str) -> None:
    """A change of the order, one version up."""
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note=text)))


def signatures(request: Request) -> list[str]:
    return request.headers["webhook-signature"].split(" ")


def signed_with(secret: str, request: Request) -> str:
    """The signature that this secret gives, whatever the clock: verify() compares with the machine's."""
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(request.webhook_id, at, request.body.decode())


@asynccontextmanager
async def post_office(folder: Path, targets: Targets | None = None) -> AsyncIterator[PostOffice]:
    async with opened(folder) as house, receiving() as receiver:
        yield PostOffice(house, receiver, targets or Targets(private_allowed=True))
