"""What every processor must do, whoever runs it. An adapter subclasses ProcessorContract with a bench of its own.

Money is asserted twice: in the answers, and in what the other side says it holds for the order.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from types import MappingProxyType

import pytest

from flint_domain.customers.errands import Attach, Detach, of_method
from flint_domain.order.payments.model import Asked, Outcome, Transfer, TransferKind, TransferState
from flint_domain.unit_of_work.ports import Notice, Processor

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORDER = "ord_1"
CUSTOMER = "cus_1"

CHARGE, AUTHORIZE = TransferKind.CHARGE, TransferKind.AUTHORIZE
CAPTURE, VOID, REFUND = TransferKind.CAPTURE, TransferKind.VOID, TransferKind.REFUND


class Transfers:
    """Makes transfers as the domain would: a payment and a transfer id of their own for each charge."""

    def __init__(self, prefix: str = "", now: datetime = NOW) -> None:
        self._prefix = prefix
        self._now = now
        self._numbers = count(1)

    def charge(
        self, amount: int, source: str = "tok_visa", kind: TransferKind = CHARGE, order_id: str = ORDER
    ) -> Transfer:
        number = f"{self._prefix}{next(self._numbers)}"
        return self._transfer(number, kind, amount, payment_id=f"pi_{number}", order_id=order_id, source=source)

    def about(self, charge: Transfer, paid: Outcome, kind: TransferKind, amount: int) -> Transfer:
        """A capture, void or refund of what this charge came to."""
        number = f"{self._prefix}{next(self._numbers)}"
        return replace(
            self._transfer(number, kind, amount, payment_id=charge.payment_id, order_id=charge.order_id),
            payment_reference=paid.reference,
            refund_id=f"ref_{number}" if kind is REFUND else None,
        )

    def attach(
        self, source: str = "tok_visa", customer_id: str = CUSTOMER, customer_reference: str | None = None
    ) -> Attach:
        """Saving a source for a customer, whom the processor may know already."""
        number = f"{self._prefix}{next(self._numbers)}"
        return Attach(
            errand_id=f"trf_{number}",
            merchant_id="mer_1",
            subject=of_method(f"pm_{number}"),
            customer_id=f"{self._prefix}{customer_id}",
            source=source,
            customer_reference=customer_reference,
            leased_until=self._now,
            created_at=self._now,
            updated_at=self._now,
        )

    def detach(self, attach: Attach, saved: Outcome) -> Detach:
        """Forgetting what this attaching came to."""
        number = f"{self._prefix}{next(self._numbers)}"
        return Detach(
            errand_id=f"trf_{number}",
            merchant_id="mer_1",
            subject=attach.subject,
            customer_id=attach.customer_id,
            method_reference=saved.reference or "",
            leased_until=self._now,
            created_at=self._now,
            updated_at=self._now,
        )

    def charge_of(self, saved: Outcome, amount: int, kind: TransferKind = CHARGE) -> Transfer:
        """A charge of what was saved, without its buyer."""
        charge = self.charge(amount, saved.reference or "", kind)
        return replace(charge, customer_reference=saved.customer_reference, off_session=True)

    def _transfer(
        self,
        number: str,
        kind: TransferKind,
        amount: int,
        *,
        payment_id: str,
        order_id: str,
        source: str | None = None,
    ) -> Transfer:
        return Transfer(
            transfer_id=f"trf_{number}",
            merchant_id="mer_1",
            order_id=order_id,
            payment_id=payment_id,
            kind=kind,
            amount=amount,
            currency="USD",
            source=source,
            leased_until=self._now,
            created_at=self._now,
            updated_at=self._now,
        )


async def perform(processor: Processor, asked: Asked) -> Outcome:
    """Ask for a transfer, or for an errand for a payment method."""
    match asked:
        case Transfer():
            return await processor.perform(asked)
        case Attach():
            return await processor.attach(asked)
        case _:
            assert isinstance(asked, Detach)
            return await processor.detach(asked)


async def find(processor: Processor, asked: Asked) -> Outcome:
    """How a transfer, or an errand for a payment method, stands."""
    if isinstance(asked, Transfer):
        return await processor.find(asked)
    assert isinstance(asked, Attach | Detach)
    return await processor.find_method(asked)


class Bench(ABC):
    """A processor on the bench, and the hands of the other side: what buyers and banks do, and its own books."""

    processor: Processor
    transfers: Transfers
    gives_notices: bool = True

    @abstractmethod
    async def money(self, order_id: str = ORDER) -> tuple[int, int, int]:
        """Charged, refunded and held for the order, in minor units, as the other side has it."""

    @abstractmethod
    async def saved(self, customer_reference: str | None) -> list[str]:
        """The references of what the other side has saved for this customer of its own."""

    @abstractmethod
    async def buyer_authenticates(self, reference: str, *, well: bool) -> None:
        """Let the buyer of this payment pass or fail the step that it waits for."""

    @abstractmethod
    async def time_passes(self) -> None:
        """Let every later refund outcome come due."""

    cannot: Mapping[str, str] = MappingProxyType({})

    def needs(self, what: str) -> None:
        """Skip the test, saying why, where the other side does not know this token or cannot do this.

        what is a token, "notices", "buyer page", "buyer" (who acts on it) or "later refunds"; cannot gives the reasons.
        """
        if what in self.cannot:
            pytest.skip(self.cannot[what])


def _notice_of(notices: list[Notice], asked: Asked) -> Notice:
    (found,) = [notice for notice in notices if notice.asked_id == asked.asked_id]
    return found


async def ended(bench: Bench, asked: Asked) -> Outcome:
    """A later outcome, as it is found; a processor that gives notices says the same in one."""
    found = await find(bench.processor, asked)
    if bench.gives_notices:
        assert _notice_of(await bench.processor.notices(), asked).outcome == found
    return found


class ProcessorContract:
    """Subclass it as Test…, with an async fixture `bench`."""

    # ── charge, authorize, capture, void ─────────────────────────────────────────────────────────────────────────────

    @pytest.mark.anyio
    @pytest.mark.parametrize(
        ("source", "brand"), [("tok_visa", "visa"), ("tok_mastercard", "mastercard"), ("tok_amex", "amex")]
    )
    async def test_a_charge_moves_the_money_and_says_what_paid(self, bench: Bench, source: str, brand: str) -> None:
        assert bench.processor.name
        paid = await bench.processor.perform(bench.transfers.charge(13824, source))
        assert paid.state is TransferState.SUCCEEDED
        assert paid.reference
        assert paid.tender is not None
        assert paid.tender.brand == brand
        assert paid.tender.last4 is not None
        assert len(paid.tender.last4) == 4
        assert await bench.money() == (13824, 0, 0)

    @pytest.mark.anyio
    async def test_an_authorization_holds_the_money_without_charging_it(self, bench: Bench) -> None:
        held = await bench.processor.perform(bench.transfers.charge(5000, kind=AUTHORIZE))
        assert held.state is TransferState.SUCCEEDED
        assert await bench.money() == (0, 0, 5000)

    @pytest.mark.anyio
    async def test_a_full_capture_charges_what_was_held(self, bench: Bench) -> None:
        charge = bench.transfers.charge(5000, kind=AUTHORIZE)
        held = await bench.processor.perform(charge)
        captured = await bench.processor.perform(bench.transfers.about(charge, held, CAPTURE, 5000))
        assert (captured.state, captured.reference) == (TransferState.SUCCEEDED, held.reference)
        assert await bench.money() == (5000, 0, 0)

    @pytest.mark.anyio
    async def test_a_partial_capture_releases_the_rest(self, bench: Bench) -> None:
        charge = bench.transfers.charge(5000, kind=AUTHORIZE)
        held = await bench.processor.perform(charge)
        captured = await bench.processor.perform(bench.transfers.about(charge, held, CAPTURE, 3210))
        assert captured.state is TransferState.SUCCEEDED
        assert await bench.money() == (3210, 0, 0)

    @pytest.mark.anyio
    async def test_a_capture_of_more_than_was_held_is_declined(self, bench: Bench) -> None:
        charge = bench.transfers.charge(5000, kind=AUTHORIZE)
        held = await bench.processor.perform(charge)
        captured = await bench.processor.perform(bench.transfers.about(charge, held, CAPTURE, 5001))
        assert captured.state is TransferState.DECLINED
        assert await bench.money() == (0, 0, 5000)

    @pytest.mark.anyio
    async def test_a_second_capture_is_declined(self, bench: Bench) -> None:
        charge = bench.transfers.charge(5000, kind=AUTHORIZE)
        held = await bench.processor.perform(charge)
        await bench.processor.perform(bench.transfers.about(charge, held, CAPTURE, 2000))
        again = await bench.processor.perform(bench.transfers.about(charge, held, CAPTURE, 1000))
        assert again.state is TransferState.DECLINED
        assert again.decline is not None
        assert again.decline.code == "payment_intent_unexpected_state"
        assert await bench.money() == (2000, 0, 0)

    @pytest.mark.anyio
    async def test_a_void_releases_what_was_held_and_may_be_repeated(self, bench: Bench) -> None:
        charge = bench.transfers.charge(5000, kind=AUTHORIZE)
        held = await bench.processor.perform(charge)
        for _ in range(2):  # two voids with keys of their own, as after a void whose transfer was planned twice
            voided = await bench.processor.perform(bench.transfers.about(charge, held, VOID, 5000))
            assert voided.state is TransferState.SUCCEEDED
        assert await bench.money() == (0, 0, 0)

    @pytest.mark.anyio
    async def test_a_captured_payment_cannot_be_voided(self, bench: Bench) -> None:
        charge = bench.transfers.charge(5000)
        paid = await bench.processor.perform(charge)
        voided = await bench.processor.perform(bench.transfers.about(charge, paid, VOID, 5000))
        assert voided.state is TransferState.DECLINED
        assert voided.decline is not None
        assert voided.decline.code == "payment_intent_unexpected_state"
        assert await bench.money() == (5000, 0, 0)

    @pytest.mark.anyio
    async def test_a_voided_payment_cannot_be_captured(self, bench: Bench) -> None:
        charge = bench.transfers.charge(5000, kind=AUTHORIZE)
        held = await bench.processor.perform(charge)
        await bench.processor.perform(bench.transfers.about(charge, held, VOID, 5000))
        captured = await bench.processor.perform(bench.transfers.about(charge, held, CAPTURE, 5000))
        assert captured.state is TransferState.DECLINED
        assert await bench.money() == (0, 0, 0)

    # ── refunds ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.mark.anyio
    async def test_refunds_add_up_to_the_charge_and_no_further(self, bench: Bench) -> None:
        charge = bench.transfers.charge(1000)
        paid = await bench.processor.perform(charge)
        first = await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 400))
        too_much = await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 601))
        rest = await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 600))
        one_more = await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 1))
        assert [first.state, too_much.state, rest.state, one_more.state] == [
            TransferState.SUCCEEDED,
            TransferState.DECLINED,
            TransferState.SUCCEEDED,
            TransferState.DECLINED,
        ]
        assert first.reference not in (None, rest.reference, paid.reference)
        assert await bench.money() == (1000, 1000, 0)

    @pytest.mark.anyio
    async def test_a_refund_of_money_that_is_only_held_is_declined(self, bench: Bench) -> None:
        charge = bench.transfers.charge(1000, kind=AUTHORIZE)
        held = await bench.processor.perform(charge)
        refunded = await bench.processor.perform(bench.transfers.about(charge, held, REFUND, 1000))
        assert refunded.state is TransferState.DECLINED
        assert await bench.money() == (0, 0, 1000)

    @pytest.mark.anyio
    async def test_a_refund_of_a_payment_that_does_not_exist_is_declined(self, bench: Bench) -> None:
        nowhere = Outcome(state=TransferState.SUCCEEDED, reference="pi_that_never_was")
        refund = bench.transfers.about(bench.transfers.charge(1000), nowhere, REFUND, 1000)
        refunded = await bench.processor.perform(refund)
        assert refunded.state is TransferState.DECLINED
        assert refunded.decline is not None
        assert refunded.decline.code == "resource_missing"

    @pytest.mark.anyio
    async def test_a_pending_refund_is_neither_done_nor_refused(self, bench: Bench) -> None:
        bench.needs("tok_pendingRefund")
        charge = bench.transfers.charge(1000, "tok_pendingRefund")
        paid = await bench.processor.perform(charge)
        refund = bench.transfers.about(charge, paid, REFUND, 1000)
        assert (await bench.processor.perform(refund)).state is TransferState.PENDING
        assert (await bench.processor.find(refund)).state is TransferState.PENDING
        assert await bench.processor.notices() == []

    @pytest.mark.anyio
    async def test_a_pending_refund_succeeds_later(self, bench: Bench) -> None:
        bench.needs("later refunds")
        charge = bench.transfers.charge(1000, "tok_pendingRefund")
        paid = await bench.processor.perform(charge)
        refund = bench.transfers.about(charge, paid, REFUND, 1000)
        await bench.processor.perform(refund)
        await bench.time_passes()
        assert (await ended(bench, refund)).state is TransferState.SUCCEEDED
        assert await bench.money() == (1000, 1000, 0)

    @pytest.mark.anyio
    async def test_a_refund_that_fails_later_can_be_made_again(self, bench: Bench) -> None:
        bench.needs("later refunds")
        charge = bench.transfers.charge(1000, "tok_refundFail")
        paid = await bench.processor.perform(charge)
        refund = bench.transfers.about(charge, paid, REFUND, 1000)
        assert (await bench.processor.perform(refund)).state is TransferState.SUCCEEDED
        assert await bench.money() == (1000, 1000, 0)
        await bench.time_passes()
        failed = await ended(bench, refund)
        assert failed.state is TransferState.DECLINED
        assert failed.decline is not None
        assert await bench.money() == (1000, 0, 0)
        again = await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 1000))
        assert again.state is TransferState.SUCCEEDED

    @pytest.mark.anyio
    async def test_a_notice_is_given_until_it_is_acknowledged(self, bench: Bench) -> None:
        bench.needs("notices")
        charge = bench.transfers.charge(1000, "tok_pendingRefund")
        paid = await bench.processor.perform(charge)
        await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 300))
        await bench.processor.perform(bench.transfers.about(charge, paid, REFUND, 400))
        await bench.time_passes()
        given = await bench.processor.notices()
        assert len(given) == 2
        assert await bench.processor.notices() == given
        await bench.processor.acknowledge([])
        await bench.processor.acknowledge([given[0].notice_id])
        assert await bench.processor.notices() == given[1:]
        await bench.processor.acknowledge([notice.notice_id for notice in given])
        assert await bench.processor.notices() == []

    # ── declines ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.mark.anyio
    @pytest.mark.parametrize(
        ("source", "codes", "final", "retryable"),
        [
            ("tok_visa_chargeDeclined", ("card_declined", "generic_decline"), False, True),
            ("tok_visa_chargeDeclinedInsufficientFunds", ("card_declined", "insufficient_funds"), False, True),
            ("tok_visa_chargeDeclinedLostCard", ("card_declined", "lost_card"), True, False),
            ("tok_visa_chargeDeclinedStolenCard", ("card_declined", "stolen_card"), True, False),
            ("tok_radarBlock", ("card_declined", "fraudulent"), True, False),
            ("tok_chargeDeclinedExpiredCard", ("expired_card", None), False, False),
            ("tok_chargeDeclinedIncorrectCvc", ("incorrect_cvc", None), False, False),
            ("tok_chargeDeclinedProcessingError", ("processing_error", None), False, True),
            ("tok_chargeCustomerFail", ("card_declined", "generic_decline"), False, True),
        ],
    )
    async def test_a_declined_card_says_why_and_moves_nothing(
        self, bench: Bench, source: str, codes: tuple[str, str | None], *, final: bool, retryable: bool
    ) -> None:
        bench.needs(source)
        for kind in (CHARGE, AUTHORIZE):
            refused = await bench.processor.perform(bench.transfers.charge(1000, source, kind))
            assert refused.state is TransferState.DECLINED
            assert refused.decline is not None
            assert (refused.decline.code, refused.decline.decline_code) == codes
            assert (refused.decline.final, refused.decline.retryable) == (final, retryable)
            assert refused.decline.message
        assert await bench.money() == (0, 0, 0)

    @pytest.mark.anyio
    async def test_an_unknown_source_is_declined_and_never_an_exception(self, bench: Bench) -> None:
        refused = await bench.processor.perform(bench.transfers.charge(1000, "tok_thatNobodyKnows"))
        assert refused.state is TransferState.DECLINED
        assert refused.decline is not None
        assert refused.decline.code == "resource_missing"
        assert await bench.money() == (0, 0, 0)

    @pytest.mark.anyio
    @pytest.mark.parametrize("amount", [0, -1])
    async def test_an_amount_of_nothing_or_less_is_declined(self, bench: Bench, amount: int) -> None:
        charge = bench.transfers.charge(1000)
        paid = await bench.processor.perform(charge)
        for transfer in (bench.transfers.charge(amount), bench.transfers.about(charge, paid, REFUND, amount)):
            assert (await bench.processor.perform(transfer)).state is TransferState.DECLINED
        assert await bench.money() == (1000, 0, 0)

    # ── the buyer's step ─────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.mark.anyio
    @pytest.mark.parametrize("source", ["tok_authenticationRequired", "tok_threeDSecure2Required"])
    async def test_a_buyer_step_says_where_to_send_the_buyer_and_moves_nothing(self, bench: Bench, source: str) -> None:
        bench.needs("buyer page")
        charge = bench.transfers.charge(1000, source)
        asked = await bench.processor.perform(charge)
        assert asked.state is TransferState.REQUIRES_ACTION
        assert asked.reference is not None
        assert asked.action_url is not None
        assert asked.action_url.startswith("https://")
        assert await bench.processor.find(charge) == asked
        assert await bench.money() == (0, 0, 0)

    @pytest.mark.anyio
    async def test_a_buyer_step_charges_once_it_is_done(self, bench: Bench) -> None:
        bench.needs("buyer")
        charge = bench.transfers.charge(1000, "tok_threeDSecure2Required")
        asked = await bench.processor.perform(charge)
        assert asked.reference is not None
        await bench.buyer_authenticates(asked.reference, well=True)
        assert (await ended(bench, charge)).state is TransferState.SUCCEEDED
        assert await bench.money() == (1000, 0, 0)

    @pytest.mark.anyio
    async def test_a_buyer_step_of_an_authorization_holds_the_money(self, bench: Bench) -> None:
        bench.needs("buyer")
        charge = bench.transfers.charge(1000, "tok_threeDSecure2Required", AUTHORIZE)
        asked = await bench.processor.perform(charge)
        assert asked.reference is not None
        await bench.buyer_authenticates(asked.reference, well=True)
        assert await bench.money() == (0, 0, 1000)
        captured = await bench.processor.perform(bench.transfers.about(charge, asked, CAPTURE, 1000))
        assert captured.state is TransferState.SUCCEEDED

    @pytest.mark.anyio
    async def test_a_failed_buyer_step_is_a_decline(self, bench: Bench) -> None:
        bench.needs("buyer")
        charge = bench.transfers.charge(1000, "tok_threeDSecure2Required")
        asked = await bench.processor.perform(charge)
        assert asked.reference is not None
        await bench.buyer_authenticates(asked.reference, well=False)
        failed = await ended(bench, charge)
        assert failed.state is TransferState.DECLINED
        assert failed.decline is not None
        assert failed.decline.code == "payment_intent_authentication_failure"
        assert await bench.money() == (0, 0, 0)

    @pytest.mark.anyio
    async def test_a_payment_that_waits_for_the_buyer_can_be_voided(self, bench: Bench) -> None:
        bench.needs("buyer page")
        charge = bench.transfers.charge(1000, "tok_threeDSecure2Required")
        asked = await bench.processor.perform(charge)
        voided = await bench.processor.perform(bench.transfers.about(charge, asked, VOID, 1000))
        assert voided.state is TransferState.SUCCEEDED
        assert (await bench.processor.find(charge)).state is TransferState.DECLINED
        assert await bench.money() == (0, 0, 0)

    # ── the same again ───────────────────────────────────────────────────────────────────────────────────────────────

    @pytest.mark.anyio
    async def test_the_same_key_moves_money_once_and_answers_the_same(self, bench: Bench) -> None:
        charge = bench.transfers.charge(1000, kind=AUTHORIZE)
        held = await bench.processor.perform(charge)
        capture = bench.transfers.about(charge, held, CAPTURE, 800)
        captured = await bench.processor.perform(capture)
        refund = bench.transfers.about(charge, held, REFUND, 300)
        refunded = await bench.processor.perform(refund)
        for _ in range(2):
            assert await bench.processor.perform(charge) == held
            assert await bench.processor.perform(capture) == captured
            assert await bench.processor.perform(refund) == refunded
        assert await bench.money() == (800, 300, 0)

    @pytest.mark.anyio
    async def test_a_decline_is_repeated_under_its_key_and_a_new_attempt_asks_anew(self, bench: Bench) -> None:
        charge = bench.transfers.charge(1000, "tok_chargeDeclinedExpiredCard")
        refused = await bench.processor.perform(charge)
        assert await bench.processor.perform(charge) == refused
        paid = await bench.processor.perform(replace(charge, source="tok_visa", attempt=2))
        assert paid.state is TransferState.SUCCEEDED
        assert await bench.money() == (1000, 0, 0)

    @pytest.mark.anyio
    async def test_the_same_key_for_another_request_is_declined(self, bench: Bench) -> None:
        charge = bench.transfers.charge(1000)
        paid = await bench.processor.perform(charge)
        for other in (replace(charge, amount=1001), replace(charge, source="tok_amex")):
            refused = await bench.processor.perform(other)
            assert refused.state is TransferState.DECLINED
            assert refused.decline is not None
            assert refused.decline.code == "idempotency_error"
        assert await bench.processor.perform(charge) == paid
        assert await bench.money() == (1000, 0, 0)

    @pytest.mark.anyio
    async def test_what_was_done_can_be_found(self, bench: Bench) -> None:
        charge = bench.transfers.charge(1000)
        paid = await bench.processor.perform(charge)
        found = await bench.processor.find(charge)
        assert (found.state, found.reference) == (TransferState.SUCCEEDED, paid.reference)
        refused = bench.transfers.charge(1000, "tok_chargeDeclinedExpiredCard")
        await bench.processor.perform(refused)
        assert (await bench.processor.find(refused)).state is TransferState.DECLINED

    @pytest.mark.anyio
    async def test_what_never_arrived_is_unknown_and_can_be_performed_once(self, bench: Bench) -> None:
        charge = bench.transfers.charge(1000)
        assert (await bench.processor.find(charge)).state is TransferState.UNKNOWN
        paid = await bench.processor.perform(charge)
        assert await bench.processor.perform(charge) == paid
        assert await bench.money() == (1000, 0, 0)
