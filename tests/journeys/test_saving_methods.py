"""Payment methods saved for a customer, and removed again: one answer each, whatever happens on the way."""

from datetime import timedelta

import pytest

from flint_domain.commands.payment_methods import AddPaymentMethod, RemovePaymentMethod
from flint_domain.customers.errands import ATTACH, DETACH
from flint_domain.engine.flint import Call
from flint_domain.engine.transfers import KEY_FORGOTTEN_AFTER
from flint_domain.reactions.payment_methods import ENDED_KEPT, MOST_METHODS
from flint_domain.unit_of_work.command import Command
from flint_server.db import DEFAULT_MERCHANT_ID
from flint_server.processors.simulated.processor import LATER_AFTER
from tests.journeys.house import House
from tests.journeys.saved_methods import add, at_the_processor, default, methods, new_customer, remove, saved
from tests.machine.mortal import Death, Moment, MortalProcessor, MortalStore, is_killed

pytestmark = pytest.mark.anyio


@pytest.mark.promise("P12")
async def test_of_a_saved_card_brand_last_four_and_expiry_are_kept(house: House) -> None:
    customer = await new_customer(house)
    answer = await house.do(AddPaymentMethod(customer_id=customer, source="tok_mastercard"))
    method = answer["paymentMethod"]
    assert {name: method[name] for name in ("status", "type", "brand", "last4", "expMonth", "expYear", "expired")} == {
        "status": "active",
        "type": "card",
        "brand": "mastercard",
        "last4": "4444",
        "expMonth": 12,
        "expYear": 2034,
        "expired": False,
    }
    assert answer["customer"]["customerId"] == customer
    assert answer["customer"]["paymentMethods"] == [method]
    assert "tok_mastercard" not in str(answer)
    assert "pm_sim_" not in str(answer)
    assert await at_the_processor(house) == {method["paymentMethodId"]: "attached"}
    assert await house.simulator.ledger() == []


async def test_a_paypal_account_is_saved_without_digits_or_expiry(house: House) -> None:
    method = await add(house, await new_customer(house), "tok_paypal")
    assert (method["status"], method["type"]) == ("active", "paypal")
    assert not {"brand", "last4", "expMonth", "expYear"} & method.keys()


async def test_the_first_method_becomes_the_default_and_a_later_one_only_when_asked(house: House) -> None:
    customer = await new_customer(house)
    first = await saved(house, customer)
    await saved(house, customer, "tok_amex")
    assert await default(house, customer) == first
    third = await saved(house, customer, "tok_mastercard", default=True)
    assert await default(house, customer) == third


async def test_a_refused_card_is_an_answer_and_leaves_the_default_alone(house: House) -> None:
    customer = await new_customer(house)
    first = await saved(house, customer)
    refused = await add(house, customer, "tok_chargeDeclinedExpiredCard", default=True)
    assert (refused["status"], refused["declineCode"]) == ("refused", "expired_card")
    assert "expired" in refused["declineMessage"]
    assert not refused["default"]
    assert await default(house, customer) == first
    assert (await add(house, customer, "tok_thatNobodyKnows"))["declineCode"] == "resource_missing"


async def test_a_card_whose_bank_asks_the_buyer_waits_for_them(house: House) -> None:
    customer = await new_customer(house)
    waiting = await add(house, customer, "tok_threeDSecure2Required", key="save-1")
    method_id = waiting["paymentMethodId"]
    assert waiting["status"] == "attaching"
    assert waiting["actionUrl"].startswith("https://")
    assert await default(house, customer) is None
    await house.buyer(method_id, approves=True)
    active = (await methods(house, customer))[method_id]
    assert (active["status"], active["default"]) == ("active", True)
    assert "actionUrl" not in active
    again = await add(house, customer, "tok_threeDSecure2Required", key="save-1")
    assert (again["paymentMethodId"], again["status"]) == (method_id, "active")


async def test_a_buyer_who_does_not_confirm_saves_nothing(house: House) -> None:
    customer = await new_customer(house)
    waiting = await add(house, customer, "tok_threeDSecure2Required")
    await house.buyer(waiting["paymentMethodId"], approves=False)
    refused = (await methods(house, customer))[waiting["paymentMethodId"]]
    assert (refused["status"], refused["declineCode"]) == ("refused", "payment_intent_authentication_failure")


async def test_an_answer_that_comes_later_makes_the_method_active(house: House) -> None:
    customer = await new_customer(house)
    await house.fault("pending", transfer_kind=ATTACH)
    method = await add(house, customer)
    assert method["status"] == "attaching"
    await house.later(LATER_AFTER)
    assert (await methods(house, customer))[method["paymentMethodId"]]["status"] == "active"


# ── removing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_removed_method_is_gone_at_the_processor_and_the_next_one_is_the_default(house: House) -> None:
    customer = await new_customer(house)
    first, second = await saved(house, customer), await saved(house, customer, "tok_amex")
    removed = await remove(house, first)
    assert (removed["status"], removed["brand"], removed["default"]) == ("removed", "visa", False)
    assert not {"last4", "expMonth", "expYear"} & removed.keys()
    assert list(await methods(house, customer)) == [second]
    assert await default(house, customer) == second
    assert await at_the_processor(house) == {first: "detached", second: "attached"}
    assert (await remove(house, second))["status"] == "removed"
    assert await default(house, customer) is None


async def test_removing_once_more_changes_nothing(house: House) -> None:
    method_id = await saved(house, await new_customer(house))
    await remove(house, method_id)
    before = house.contents()
    assert (await remove(house, method_id))["status"] == "removed"
    assert house.contents() == before


async def test_a_method_that_waits_for_its_buyer_is_called_off_by_removing_it(house: House) -> None:
    customer = await new_customer(house)
    waiting = await add(house, customer, "tok_threeDSecure2Required")
    method_id = waiting["paymentMethodId"]
    assert (await remove(house, method_id))["status"] == "removed"
    await house.flint.hear()
    assert await methods(house, customer) == {}
    assert await at_the_processor(house) == {method_id: "detached"}
    assert await house.recover() == 0


async def test_a_method_removed_before_its_answer_came_is_detached_when_it_comes(house: House) -> None:
    customer = await new_customer(house)
    await house.fault("answer_lost", transfer_kind=ATTACH)
    method_id = (await add(house, customer))["paymentMethodId"]
    assert await at_the_processor(house) == {method_id: "attached"}
    assert (await remove(house, method_id))["status"] == "detaching"
    await house.recover()
    assert await methods(house, customer) == {}
    assert await at_the_processor(house) == {method_id: "detached"}


async def test_a_method_that_the_processor_refuses_to_forget_never_pays_again(house: House) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer)
    await house.fault("decline", transfer_kind=DETACH, code="api_error")
    left = await remove(house, method_id)
    assert (left["status"], left["declineCode"], left["default"]) == ("refused", "api_error", False)
    assert (await remove(house, method_id))["status"] == "removed"
    assert await at_the_processor(house) == {method_id: "detached"}


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_is_saved_for_nobody_and_nothing_unknown_is_removed(house: House) -> None:
    nobody = "cus_01KARRG0000000000000000001"
    refused = await house.refused(AddPaymentMethod(customer_id=nobody, source="tok_visa"), "not_found")
    assert (refused.param, refused.message) == ("customerId", f"There is no customer {nobody}.")
    nothing = "pm_01KARRG0000000000000000001"
    refused = await house.refused(RemovePaymentMethod(method_id=nothing), "not_found")
    assert (refused.param, refused.message) == ("paymentMethodId", f"There is no payment method {nothing}.")


async def test_a_saved_method_is_not_saved_once_more(house: House) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer)
    refused = await house.refused(AddPaymentMethod(customer_id=customer, source=method_id), "invalid_argument")
    assert refused.param == "paymentSourceToken"


async def test_a_customer_has_so_many_methods_and_no_more(house: House) -> None:
    customer = await new_customer(house)
    full = [await saved(house, customer) for _ in range(MOST_METHODS)]
    refused = await house.refused(AddPaymentMethod(customer_id=customer, source="tok_visa"), "invalid_argument")
    assert f"has {MOST_METHODS} payment methods" in refused.message
    assert "remove_payment_method" in refused.hint
    await remove(house, full[0])
    await saved(house, customer)


async def test_refused_cards_do_not_pile_up(house: House) -> None:
    customer = await new_customer(house)
    kept = await saved(house, customer)
    refused = [(await add(house, customer, "tok_chargeDeclined"))["paymentMethodId"] for _ in range(ENDED_KEPT + 3)]
    shown = await methods(house, customer)
    assert list(shown) == [kept, *refused[2:]]  # the newest that was refused had not ended when it was added


# ── the same again, and after a crash ────────────────────────────────────────────────────────────────────────────────


async def test_the_same_key_saves_once(house: House) -> None:
    customer = await new_customer(house)
    first = await add(house, customer, key="save-1")
    assert await add(house, customer, key="save-1") == first
    assert len(await house.simulator.methods()) == 1
    again = await house.do(AddPaymentMethod(customer_id=customer, source="tok_visa"), "save-1")
    assert again["replayed"] is True
    other = AddPaymentMethod(customer_id=customer, source="tok_amex")
    reused = await house.refused(other, "idempotency_key_reused", "save-1")
    assert "tok_" not in str(reused.details)


@pytest.mark.parametrize("fault", ["answer_lost", "error_500"])
async def test_a_crash_between_saving_and_settling_is_recovered_and_the_method_is_saved_once(
    house: House, fault: str
) -> None:
    customer = await new_customer(house)
    await house.fault(fault, transfer_kind=ATTACH)
    method_id = (await add(house, customer, key="save-1"))["paymentMethodId"]
    assert (await methods(house, customer))[method_id]["status"] == "attaching"
    await house.reopen()
    assert await house.recover() == 1
    assert (await methods(house, customer))[method_id]["status"] == "active"
    assert await default(house, customer) == method_id
    assert await at_the_processor(house) == {method_id: "attached"}
    assert (await add(house, customer, key="save-1"))["status"] == "active"
    assert await house.recover() == 0


MOMENTS: tuple[tuple[Moment, int], ...] = (
    ("after the commit", 1),
    ("before the call", 1),
    ("after the answer", 1),
    ("after the commit", 2),
)


async def killed_during(house: House, command: Command, moment: Moment, nth: int) -> None:
    """The process that carries the command out dies; the next one finds the files and recovers."""
    death = Death()
    death.await_at(moment, nth)
    store, processor = MortalStore(house.sqlite, death), MortalProcessor(house.simulator, death)
    flint = house.flint_for(DEFAULT_MERCHANT_ID, store=store, processor=processor)
    with pytest.raises(BaseException) as died:
        await flint.execute(command, Call(key="once"))
    assert is_killed(died.value)
    await house.reopen()
    await house.recover()


@pytest.mark.parametrize(("moment", "nth"), MOMENTS)
async def test_a_process_killed_at_any_moment_saves_once(house: House, moment: Moment, nth: int) -> None:
    customer = await new_customer(house)
    saving = AddPaymentMethod(customer_id=customer, source="tok_visa")
    await killed_during(house, saving, moment, nth)
    method = await add(house, customer, key="once")
    method_id = method["paymentMethodId"]
    assert (method["status"], method["default"]) == ("active", True)
    assert list(await methods(house, customer)) == [method_id]
    assert await at_the_processor(house) == {method_id: "attached"}


@pytest.mark.parametrize(("moment", "nth"), MOMENTS)
async def test_a_process_killed_at_any_moment_forgets_once(house: House, moment: Moment, nth: int) -> None:
    customer = await new_customer(house)
    method_id, other = await saved(house, customer), await saved(house, customer, "tok_amex")
    await killed_during(house, RemovePaymentMethod(method_id=method_id), moment, nth)
    assert (await remove(house, method_id, "once"))["status"] == "removed"
    assert list(await methods(house, customer)) == [other]
    assert await at_the_processor(house) == {method_id: "detached", other: "attached"}


async def test_a_lost_answer_to_removing_is_asked_again(house: House) -> None:
    customer = await new_customer(house)
    method_id = await saved(house, customer)
    await house.fault("answer_lost", transfer_kind=DETACH)
    assert (await remove(house, method_id, "remove-1"))["status"] == "detaching"
    await house.recover()
    assert (await remove(house, method_id, "remove-1"))["status"] == "removed"
    assert await at_the_processor(house) == {method_id: "detached"}


async def test_what_cannot_be_found_out_is_said_on_the_method(house: House) -> None:
    customer = await new_customer(house)
    await house.fault("error_500", transfer_kind=ATTACH, times=None)
    method_id = (await add(house, customer))["paymentMethodId"]
    house.clock.passes(KEY_FORGOTTEN_AFTER + timedelta(seconds=1))
    for _ in range(2):
        await house.recover()
    in_doubt = (await methods(house, customer))[method_id]
    assert (in_doubt["status"], in_doubt["declineCode"]) == ("refused", "unknown_outcome")
    assert "remove it and add it again" in in_doubt["declineMessage"]
    assert (await remove(house, method_id))["status"] == "removed"
    await house.simulator.clear_faults()
    await saved(house, customer)


async def test_a_dry_run_shows_the_method_and_saves_nothing(house: House) -> None:
    customer = await new_customer(house)
    before = house.contents()
    shown = await house.do(AddPaymentMethod(customer_id=customer, source="tok_visa"), dry_run=True)
    assert (shown["paymentMethod"]["paymentMethodId"], shown["paymentMethod"]["status"]) == (None, "active")
    assert (shown["dryRun"], shown["wouldTransfer"]) == (True, [])
    assert house.contents() == before
    method_id = await saved(house, customer)
    gone = await house.do(RemovePaymentMethod(method_id=method_id), dry_run=True)
    assert gone["paymentMethod"]["status"] == "removed"
    assert (await methods(house, customer))[method_id]["status"] == "active"
    assert await at_the_processor(house) == {method_id: "attached"}
