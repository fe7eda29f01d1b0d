"""`flint simulator` beside a running server: what the buyer and the bank do reaches the order by itself."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from flint_domain.kernel import money
from flint_server.cli import simulator as simulator_cli
from flint_server.composition import open_application
from flint_server.settings import Settings
from tests.server.running import call, flint, flint_beside, flint_process, served, until

LINES = [{"name": "Pro Plan", "unitPriceMoney": {"amount": 9900}}]


class Shop:
    """A running server with its data folder, and orders in it."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.folder = folder

    async def pay(self, token: str) -> tuple[str, dict[str, Any]]:
        """A new order's id, and its payment."""
        order = await call(self.client, "create_order", lineItems=LINES)
        paid = await call(self.client, "pay_order", orderId=order["orderId"], paymentSourceTokens=[token])
        return order["orderId"], paid["payments"][0]

    async def read(self, order_id: str) -> dict[str, Any]:
        return await call(self.client, "get_order", orderId=order_id, view="full")

    async def simulator(self, *arguments: object) -> str:
        """What the command prints; it must work."""
        result = await flint_beside("simulator", "--data", self.folder, *arguments)
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    async with served(folder) as client:
        yield Shop(client, folder)


async def test_a_completed_buyer_step_pays_the_order_of_the_running_server(shop: Shop) -> None:
    order_id, payment = await shop.pay("tok_threeDSecure2Required")
    payment_id = payment["paymentIntentId"]
    assert payment["status"] == "REQUIRES_ACTION"
    assert f"{payment_id}  buyer  charge 99.00 USD  {order_id}" in await shop.simulator("waiting")
    assert await shop.simulator("complete", payment_id) == f"{payment_id}: succeeded\n"
    paid = await until(lambda: shop.read(order_id), lambda order: order["status"] == "PAID")
    assert paid["activities"][-1]["actor"] == "processor"
    assert await shop.simulator("waiting") == "Nothing waits.\n"


async def test_a_failed_buyer_step_leaves_the_order_open(shop: Shop) -> None:
    order_id, payment = await shop.pay("tok_authenticationRequired")
    await shop.simulator("fail", payment["paymentIntentId"])
    order = await until(lambda: shop.read(order_id), lambda order: order["payments"][0]["status"] == "DECLINED")
    assert order["status"] == "OPEN"
    assert "pay" in {action["action"] for action in order["availableActions"]}


async def test_a_refund_that_fails_later_becomes_refundable_again(shop: Shop) -> None:
    order_id, _ = await shop.pay("tok_pendingRefund")
    refund = (await call(shop.client, "create_refund", orderId=order_id))["refund"]
    await shop.simulator("fail", refund["refundId"])
    order = await until(lambda: shop.read(order_id), lambda order: order["status"] == "PAID")
    assert order["settlementAmounts"]["refundableMoney"]["amount"] == 9900


async def test_a_fault_hits_the_next_call_and_is_gone(shop: Shop) -> None:
    assert "is on: decline" in await shop.simulator("fault", "decline", "--amount", 9900, "--code", "card_declined")
    assert "decline on any call of 9900 minor units, 1 more" in await shop.simulator("faults")
    _, declined = await shop.pay("tok_visa")
    _, paid = await shop.pay("tok_visa")
    assert (declined["status"], paid["status"]) == ("DECLINED", "CAPTURED")
    assert await shop.simulator("faults") == "No fault is on.\n"


async def test_faults_are_switched_off(shop: Shop) -> None:
    await shop.simulator("fault", "answer_lost", "--token", "tok_amex", "--on", "charge", "--times", 0)
    assert "answer_lost on charge with tok_amex, every time" in await shop.simulator("faults")
    assert await shop.simulator("clear") == "No fault is on.\n"
    _, paid = await shop.pay("tok_amex")
    assert paid["status"] == "CAPTURED"


async def test_the_ledger_shows_the_money(shop: Shop) -> None:
    _, payment = await shop.pay("tok_visa")
    assert f"captured  +99.00 USD  {payment['paymentIntentId']}" in (await shop.simulator("ledger")).splitlines()[-1]
    await call(shop.client, "create_refund", paymentIntentId=payment["paymentIntentId"], amountMoney={"amount": 1234})
    assert f"refunded  -12.34 USD  {payment['paymentIntentId']}" in (await shop.simulator("ledger")).splitlines()[-1]


@pytest.mark.parametrize(("ending", "status"), [("complete", "CAPTURED"), ("fail", "DECLINED")])
async def test_an_operator_gives_the_answer_that_a_fault_keeps_back(shop: Shop, ending: str, status: str) -> None:
    await shop.simulator("fault", "pending")
    order_id, payment = await shop.pay("tok_visa")
    payment_id = payment["paymentIntentId"]
    assert payment["status"] == "PROCESSING"
    assert f"{payment_id}  answer  charge 99.00 USD  {order_id}" in await shop.simulator("waiting")
    await shop.simulator(ending, payment_id)
    await until(lambda: shop.read(order_id), lambda order: order["payments"][0]["status"] == status)


async def test_a_reference_that_waits_for_nothing_is_refused(shop: Shop) -> None:
    result = await flint_beside("simulator", "--data", shop.folder, "complete", "pi_unknown")
    assert result.exit_code == 1
    assert result.output.startswith("Error: Nothing can be completed under this reference.")
    assert "flint simulator waiting lists what waits." in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fault", "slow"], "slow needs --delay, in seconds"),
        (["fault", "decline", "--delay", "5"], "--delay is for slow and pending; decline takes no time"),
        (["fault", "pending", "--delay", "-1"], "-1.0 is not in the range 0<=x<=86400"),
        (["fault", "decline", "--times", "-1"], "-1 is not in the range 0<=x<=1000000000"),
        (["fault", "decline", "--amount", "0"], "0 is not in the range 1<=x<=1000000000000"),
        (["fault", "decline", "--amount", str(2**63)], f"{2**63} is not in the range 1<=x<=1000000000000"),
        (["fault", "decline", "--times", str(2**63)], f"{2**63} is not in the range 0<=x<=1000000000"),
        (["fault", "decline", "--code", "a\udcff"], "There is U+DCFF (half a character) at character 2."),
        (["complete", "a\udcff"], "There is U+DCFF (half a character) at character 2."),
        (["fault", "meteor"], "'meteor' is not one of"),
        (["fault", "decline", "--token", "4242424242424242"], "card numbers are never stored"),
    ],
)
async def test_a_fault_that_cannot_be_is_refused(shop: Shop, arguments: list[str], message: str) -> None:
    result = await flint_beside("simulator", "--data", shop.folder, *arguments)
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_folder_without_a_simulator_is_refused(tmp_path: Path) -> None:
    result = flint("simulator", "--data", tmp_path, "waiting")
    assert result.exit_code == 1
    assert f"There is no simulator here: {tmp_path / 'simulator.db'} does not exist." in result.output
    assert list(tmp_path.iterdir()) == []


# ── a ledger that cannot be read ──


def damage(folder: Path, spared: int) -> Path:
    """A ledger as a server leaves it, with all that follows the spared bytes overwritten."""
    assert flint("simulator", "--data", made(folder), "faults").output == "No fault is on.\n"
    ledger = folder / "simulator.db"
    content = ledger.read_bytes()
    ledger.write_bytes(content[:spared] + b"\xa5" * len(content[spared:]))
    return ledger


def made(folder: Path) -> Path:
    async def start_and_stop() -> None:
        async with open_application(Settings(folder=folder)):
            pass

    anyio.run(start_and_stop)
    return folder


def in_two_lines(output: str, ledger: Path) -> bool:
    """Whether the operator is told which file, what SQLite calls it, and what to do."""
    told, hint = output.splitlines()
    what = rf"Error: The .* ledger {re.escape(str(ledger))} is damaged: .* \(SQLITE_(NOTADB|CORRUPT)\)\."
    return bool(re.fullmatch(what, told)) and hint.startswith("Restore it from a backup, or move it away")


COMMANDS = ["waiting", "complete pi_1", "fail pi_1", "fault decline", "faults", "clear", "ledger"]


@pytest.mark.parametrize(
    "spared", [0, 100, 4096, -4096], ids=["nothing", "the header", "the first page", "all but the last page"]
)
def test_a_damaged_ledger_is_told_in_two_lines_whatever_is_asked(tmp_path: Path, spared: int) -> None:
    ledger = damage(tmp_path, spared)
    for arguments in COMMANDS:
        result = flint("simulator", "--data", tmp_path, *arguments.split())
        assert result.exit_code == 1
        assert in_two_lines(result.output, ledger), (arguments, result.output)


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--http", "--port", "0"], ["worker"]])
def test_no_server_starts_on_a_damaged_ledger(tmp_path: Path, arguments: list[str]) -> None:
    ledger = damage(tmp_path, -4096)
    result = flint_process(*arguments, "--data", tmp_path, input="")
    assert (result.returncode, result.stdout) == (1, "")
    assert in_two_lines(result.stderr, ledger), result.stderr


def test_the_largest_amount_of_a_fault_is_that_of_an_order() -> None:
    assert simulator_cli.MAX_AMOUNT == money.MAX_AMOUNT
