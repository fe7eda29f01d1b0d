"""What Stripe tells of a method that is being saved settles it, once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flint_domain.customers.errands import Attach
from tests.journeys.house import House, opened
from tests.journeys.saved_methods import add, methods, new_customer
from tests.server.stripe_events.stripe_post import StripePost

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


async def tell_of_the_setup(post: StripePost, kind: str) -> str:
    """An event about the only method's SetupIntent, with the metadata that Flint puts there."""
    [attach] = [asked for asked in await post.asked() if isinstance(asked, Attach)]
    ids = {"transfer_id": attach.errand_id, "payment_method_id": attach.subject.subject_id, "attempt": "1"}
    return await post.tell(kind, {"id": "seti_1", "object": "setup_intent", "metadata": ids})


@pytest.mark.parametrize(
    ("approves", "kind", "status"),
    [(True, "setup_intent.succeeded", "active"), (False, "setup_intent.setup_failed", "refused")],
)
async def test_a_method_that_waits_for_its_buyer_is_settled_by_its_event(
    house: House, approves: bool, kind: str, status: str
) -> None:
    post = StripePost(house)
    customer = await new_customer(house)
    method_id = (await add(house, customer, "tok_threeDSecure2Required"))["paymentMethodId"]
    await (house.simulator.complete(method_id) if approves else house.simulator.fail(method_id))
    for event in (kind, "setup_intent.requires_action", kind):
        await tell_of_the_setup(post, event)
    await post.inbox.settle()
    assert (await methods(house, customer))[method_id]["status"] == status
    assert set(post.states().values()) == {"settled"}
    assert len(post.processor.found) == 1


async def test_a_setup_that_flint_did_not_make_is_ignored(house: House) -> None:
    post = StripePost(house)
    await post.tell("setup_intent.succeeded", {"id": "seti_x", "object": "setup_intent", "metadata": {}})
    await post.inbox.settle()
    assert set(post.states().values()) == {"ignored"}
