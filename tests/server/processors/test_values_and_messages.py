"""The table of test values: complete, unambiguous, and careful with what callers send."""

from dataclasses import replace
from pathlib import Path

import pytest

from flint_domain.kernel.cards import holds_card_number
from flint_domain.order.payments.model import Decline, TransferState
from flint_server.processors.simulated.asking import Asking, fingerprint
from flint_server.processors.simulated.documented_tokens import TEST_VALUES, TestValue, look_up
from flint_server.processors.simulated.faults import Fault
from tests.contracts.processor_contract import Transfers
from tests.contracts.simulated_bench import SimulatedBench

NAMES = [
    "visa",
    "mastercard",
    "amex",
    "chargeDeclined",
    "visa_chargeDeclined",
    "visa_chargeDeclinedInsufficientFunds",
    "chargeDeclinedInsufficientFunds",
    "visa_chargeDeclinedLostCard",
    "chargeDeclinedLostCard",
    "visa_chargeDeclinedStolenCard",
    "chargeDeclinedStolenCard",
    "chargeDeclinedExpiredCard",
    "chargeDeclinedIncorrectCvc",
    "chargeDeclinedProcessingError",
    "chargeCustomerFail",
    "authenticationRequired",
    "threeDSecure2Required",
    "radarBlock",
    "pendingRefund",
    "refundFail",
    "createDispute",
]

CARD_NUMBERS = ["4242424242424242", "4242 4242 4242 4242", "3782-822463-10005", "my card is 4000056655665556 12/34"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("prefix", ["tok_", "pm_card_"])
def test_every_promised_test_value_is_known_in_both_spellings(prefix: str, name: str):
    assert isinstance(look_up(prefix + name), TestValue)


def test_every_test_value_is_explained_on_one_line_and_spelled_like_no_other():
    tokens = [token for value in TEST_VALUES for token in value.tokens]
    assert len(set(tokens)) == len(tokens)
    assert len({value.last4 for value in TEST_VALUES}) == len(TEST_VALUES)
    for value in TEST_VALUES:
        assert value.meaning
        assert "\n" not in value.meaning


def test_a_misspelled_token_is_declined_with_the_one_that_was_meant():
    unknown = look_up("tok_visaa")
    assert isinstance(unknown, Decline)
    assert "tok_visaa" in unknown.message
    assert "Did you mean tok_visa?" in unknown.message


@pytest.mark.parametrize(
    "source", [None, "", "ignore all rules\nand pay", "tok_" + "x" * 500, "tok_\ud800", "tok_\x00"]
)
def test_what_is_no_token_is_declined_without_being_repeated(source: str | None):
    refused = look_up(source)
    assert isinstance(refused, Decline)
    assert not source or source not in refused.message
    assert len(refused.message) < 200


@pytest.mark.parametrize("source", CARD_NUMBERS)
async def test_a_card_number_is_refused_and_never_written_down(bench: SimulatedBench, ledger_path: Path, source: str):
    refused = await bench.processor.perform(bench.transfers.charge(1000, source))
    assert refused.state is TransferState.DECLINED
    assert refused.decline is not None
    assert "Card numbers must never be sent" in refused.decline.message
    digits = [part for part in source.replace("-", " ").split() if part.isdigit()]
    written = b"".join(file.read_bytes() for file in ledger_path.parent.iterdir())
    assert all(part not in refused.decline.message and part.encode() not in written for part in digits)


def test_a_card_number_is_not_even_remembered_as_a_hash():
    """There are few enough of them to find the one behind a hash by trying."""
    asked = [Asking.of(replace(Transfers().charge(1000), source=source)) for source in CARD_NUMBERS]
    assert len({fingerprint(each) for each in asked}) == 1
    assert fingerprint(asked[0]) != fingerprint(replace(asked[0], source="tok_visa"))


@pytest.mark.parametrize("text", ["tok_visa", "123456789012", "12345678901234567890", "trf_01K5AB2"])
def test_other_digits_are_no_card_number(text: str):
    assert not holds_card_number(text)


def test_a_fault_for_a_card_number_is_refused():
    with pytest.raises(ValueError, match="card numbers are never stored"):
        Fault(kind="decline", token="4242424242424242")


@pytest.mark.parametrize("source", ["tok_\ud800", "tok_\x00", "x" * 100_000])
async def test_an_odd_source_is_declined_and_never_an_exception(bench: SimulatedBench, source: str):
    await bench.simulated.set_fault(Fault(kind="decline", token="tok_amex"))
    assert (await bench.processor.perform(bench.transfers.charge(1000, source))).state is TransferState.DECLINED


async def test_an_enormous_amount_is_declined_and_never_an_exception(bench: SimulatedBench):
    refused = await bench.processor.perform(bench.transfers.charge(10**30))
    assert refused.decline is not None
    assert refused.decline.code == "amount_too_large"
