"""What every processor must do about saved payment methods: attach, charge without the buyer, detach.

What was saved is asserted twice: in the answers, and in what the other side says it holds for the customer.
"""

from dataclasses import replace

import pytest

from flint_domain.customers.errands import Attach
from flint_domain.order.payments.model import Outcome, TransferState
from tests.contracts.processor_contract import AUTHORIZE, CAPTURE, REFUND, Bench, ended, find, perform


async def attached(bench: Bench, source: str = "tok_visa") -> tuple[Attach, Outcome]:
    """A method that was saved at once."""
    attach = bench.transfers.attach(source)
    saved = await perform(bench.processor, attach)
    assert saved.state is TransferState.SUCCEEDED
    return attach, saved


class MethodsContract:
    """Subclass it as Test…, with an async fixture `bench`."""

    @pytest.mark.anyio
    @pytest.mark.parametrize(
        ("source", "brand"), [("tok_visa", "visa"), ("tok_mastercard", "mastercard"), ("tok_amex", "amex")]
    )
    async def test_a_saved_method_says_what_it_is_and_moves_nothing(
        self, bench: Bench, source: str, brand: str
    ) -> None:
        _, saved = await attached(bench, source)
        assert saved.reference is not None
        assert saved.tender is not None
        assert (saved.tender.type, saved.tender.brand, len(saved.tender.last4 or "")) == ("card", brand, 4)
        assert saved.tender.exp_month in range(1, 13)
        assert saved.tender.exp_year is not None
        assert await bench.saved(saved.customer_reference) == [saved.reference]
        assert await bench.money() == (0, 0, 0)

    @pytest.mark.anyio
    async def test_a_saved_method_is_charged_again_and_again_without_its_buyer(self, bench: Bench) -> None:
        _, saved = await attached(bench)
        first = bench.transfers.charge_of(saved, 1000)
        paid = await perform(bench.processor, first)
        assert paid.state is TransferState.SUCCEEDED
        assert paid.tender is not None
        assert paid.tender.brand == "visa"
        held = bench.transfers.charge_of(saved, 500, AUTHORIZE)
        outcome = await perform(bench.processor, held)
        assert await bench.money() == (1000, 0, 500)
        await perform(bench.processor, bench.transfers.about(held, outcome, CAPTURE, 500))
        await perform(bench.processor, bench.transfers.about(first, paid, REFUND, 300))
        assert await bench.money() == (1500, 300, 0)

    @pytest.mark.anyio
    @pytest.mark.parametrize(
        ("source", "codes"),
        [
            ("tok_visa_chargeDeclined", ("card_declined", "generic_decline")),
            ("tok_chargeDeclinedExpiredCard", ("expired_card", None)),
            ("tok_thatNobodyKnows", ("resource_missing", None)),
        ],
    )
    async def test_a_card_that_the_bank_declines_is_not_saved(
        self, bench: Bench, source: str, codes: tuple[str, str | None]
    ) -> None:
        _, other = await attached(bench)
        attach = bench.transfers.attach(source, customer_reference=other.customer_reference)
        refused = await perform(bench.processor, attach)
        assert refused.state is TransferState.DECLINED
        assert refused.decline is not None
        assert (refused.decline.code, refused.decline.decline_code) == codes
        assert await perform(bench.processor, attach) == refused
        assert await bench.saved(other.customer_reference) == [other.reference]

    @pytest.mark.anyio
    async def test_a_card_that_fails_when_charged_can_be_saved(self, bench: Bench) -> None:
        bench.needs("saving tok_chargeCustomerFail")
        _, saved = await attached(bench, "tok_chargeCustomerFail")
        for _ in range(2):
            refused = await perform(bench.processor, bench.transfers.charge_of(saved, 1000))
            assert refused.decline is not None
            assert (refused.decline.code, refused.decline.decline_code) == ("card_declined", "generic_decline")
        assert await bench.money() == (0, 0, 0)

    @pytest.mark.anyio
    async def test_a_customer_has_all_their_methods_under_one_reference(self, bench: Bench) -> None:
        _, first = await attached(bench)
        _, second = await attached(bench, "tok_amex")
        named = bench.transfers.attach("tok_mastercard", customer_reference=first.customer_reference)
        third = await perform(bench.processor, named)
        assert first.customer_reference == second.customer_reference == third.customer_reference
        found = await bench.saved(first.customer_reference)
        assert sorted(found) == sorted(one.reference or "" for one in (first, second, third))
        stranger = await perform(bench.processor, bench.transfers.attach(customer_id="cus_2"))
        assert stranger.customer_reference != first.customer_reference

    @pytest.mark.anyio
    async def test_a_method_is_charged_for_nobody_but_its_customer(self, bench: Bench) -> None:
        _, saved = await attached(bench)
        stranger = await perform(bench.processor, bench.transfers.attach(customer_id="cus_2"))
        charge = bench.transfers.charge_of(saved, 1000)
        refused = await perform(bench.processor, replace(charge, customer_reference=stranger.customer_reference))
        assert refused.state is TransferState.DECLINED
        assert await bench.money() == (0, 0, 0)

    # ── detaching ────────────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.mark.anyio
    async def test_a_detached_method_is_gone_and_what_it_paid_stays(self, bench: Bench) -> None:
        attach, saved = await attached(bench)
        charge = bench.transfers.charge_of(saved, 1000)
        paid = await perform(bench.processor, charge)
        for _ in range(2):  # with keys of their own, as when it was detached at the processor before
            detached = await perform(bench.processor, bench.transfers.detach(attach, saved))
            assert detached.state is TransferState.SUCCEEDED
        assert await bench.saved(saved.customer_reference) == []
        await perform(bench.processor, bench.transfers.about(charge, paid, REFUND, 400))
        assert await bench.money() == (1000, 400, 0)

    @pytest.mark.anyio
    async def test_a_detached_method_can_be_charged_no_more(self, bench: Bench) -> None:
        bench.needs("refusing what was detached")
        attach, saved = await attached(bench)
        await perform(bench.processor, bench.transfers.detach(attach, saved))
        refused = await perform(bench.processor, bench.transfers.charge_of(saved, 500))
        assert refused.state is TransferState.DECLINED
        assert await bench.money() == (0, 0, 0)

    @pytest.mark.anyio
    async def test_what_was_never_saved_cannot_be_detached(self, bench: Bench) -> None:
        attach, saved = await attached(bench)
        nowhere = replace(saved, reference="pm_thatNeverWas")
        refused = await perform(bench.processor, bench.transfers.detach(attach, nowhere))
        assert refused.decline is not None
        assert refused.decline.code == "resource_missing"
        assert await bench.saved(saved.customer_reference) == [saved.reference]

    # ── the buyer's step ─────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.mark.anyio
    async def test_saving_may_need_the_buyer_and_saves_nothing_before(self, bench: Bench) -> None:
        bench.needs("buyer page")
        _, other = await attached(bench)
        attach = bench.transfers.attach("tok_threeDSecure2Required", customer_reference=other.customer_reference)
        asked = await perform(bench.processor, attach)
        assert asked.state is TransferState.REQUIRES_ACTION
        assert asked.action_url is not None
        assert asked.action_url.startswith("https://")
        assert await find(bench.processor, replace(attach, reference=asked.reference)) == asked
        assert await bench.saved(asked.customer_reference) == [other.reference]

    @pytest.mark.anyio
    async def test_a_method_that_waits_for_its_buyer_is_called_off_by_detaching_it(self, bench: Bench) -> None:
        bench.needs("buyer page")
        attach = bench.transfers.attach("tok_threeDSecure2Required")
        asked = await perform(bench.processor, attach)
        detach = bench.transfers.detach(attach, asked)
        assert (await perform(bench.processor, detach)).state is TransferState.SUCCEEDED
        assert (await find(bench.processor, detach)).state is TransferState.SUCCEEDED
        found = await find(bench.processor, replace(attach, reference=asked.reference))
        assert found.state is TransferState.DECLINED
        assert await bench.saved(asked.customer_reference) == []

    @pytest.mark.anyio
    @pytest.mark.parametrize(
        ("source", "state"),
        [
            ("tok_threeDSecure2Required", TransferState.SUCCEEDED),
            ("tok_authenticationRequired", TransferState.DECLINED),
        ],
    )
    async def test_what_its_buyer_confirmed_is_charged_without_them_unless_the_bank_always_wants_them(
        self, bench: Bench, source: str, state: TransferState
    ) -> None:
        bench.needs("buyer")
        attach = bench.transfers.attach(source)
        asked = await perform(bench.processor, attach)
        assert asked.reference is not None
        await bench.buyer_authenticates(asked.reference, well=True)
        saved = await ended(bench, attach)
        assert saved.state is TransferState.SUCCEEDED
        assert await bench.saved(saved.customer_reference) == [saved.reference]
        charged = await perform(bench.processor, bench.transfers.charge_of(saved, 1000))
        assert charged.state is state
        assert charged.decline is None or charged.decline.code == "authentication_required"

    @pytest.mark.anyio
    async def test_a_buyer_who_does_not_confirm_leaves_nothing_saved(self, bench: Bench) -> None:
        bench.needs("buyer")
        attach = bench.transfers.attach("tok_threeDSecure2Required")
        asked = await perform(bench.processor, attach)
        assert asked.reference is not None
        await bench.buyer_authenticates(asked.reference, well=False)
        refused = await ended(bench, attach)
        assert refused.decline is not None
        assert refused.decline.code == "payment_intent_authentication_failure"
        assert await bench.saved(refused.customer_reference) == []

    # ── the same again ───────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.mark.anyio
    async def test_the_same_key_saves_once_and_answers_the_same(self, bench: Bench) -> None:
        attach, saved = await attached(bench)
        detach = bench.transfers.detach(attach, saved)
        assert await perform(bench.processor, attach) == saved
        assert await bench.saved(saved.customer_reference) == [saved.reference]
        detached = await perform(bench.processor, detach)
        assert await perform(bench.processor, detach) == detached
        assert await perform(bench.processor, attach) == saved
        assert await bench.saved(saved.customer_reference) == []

    @pytest.mark.anyio
    async def test_the_same_key_for_another_token_is_declined_and_saves_nothing_more(self, bench: Bench) -> None:
        attach, saved = await attached(bench)
        refused = await perform(bench.processor, replace(attach, source="tok_amex"))
        assert refused.decline is not None
        assert refused.decline.code == "idempotency_error"
        assert await bench.saved(saved.customer_reference) == [saved.reference]

    @pytest.mark.anyio
    async def test_what_was_saved_or_forgotten_can_be_found(self, bench: Bench) -> None:
        attach = bench.transfers.attach()
        assert (await find(bench.processor, attach)).state is TransferState.UNKNOWN
        saved = await perform(bench.processor, attach)
        assert await find(bench.processor, attach) == saved
        detach = bench.transfers.detach(attach, saved)
        assert (await find(bench.processor, detach)).state is TransferState.UNKNOWN
        await perform(bench.processor, detach)
        assert (await find(bench.processor, detach)).state is TransferState.SUCCEEDED
        declined = bench.transfers.attach("tok_visa_chargeDeclined")
        await perform(bench.processor, declined)
        assert (await find(bench.processor, declined)).state is TransferState.DECLINED
