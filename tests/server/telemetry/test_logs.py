"""Logs carry the ids to follow, and neither secrets nor anybody's words."""

import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from pydantic import BaseModel, ValidationError

from flint_domain.kernel.errors import Refused
from flint_server.composition import open_application
from flint_server.settings import Settings
from flint_server.telemetry.logs import OURS, LogFormat, Redaction, about, configure, redacted
from tests.server.http.given import SECRET
from tests.server.stripe_events.stripe_post import StripePost

ORDER = "ord_01KARRG0000000000000000001"
TRANSFER = "trf_01KARRG0000000000000000001"


class Log:
    """What would be on standard error."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def configure(self, level: str, style: LogFormat) -> None:
        configure(level, style, self.stream)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """A log of one's own; the process's logging is afterwards as it was."""
    names = (None, *OURS, "uvicorn.error")
    levels = [logging.getLogger(name).level for name in names]
    handlers = logging.getLogger().handlers[:]
    yield Log()
    logging.getLogger().handlers[:] = handlers
    for name, level in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(level)


def test_a_json_line_has_the_time_the_level_and_every_id_that_it_names(log: Log) -> None:
    log.configure("info", "json")
    logger = logging.getLogger("flint_server.worker")
    with about(orderId=ORDER, command="pay_order", requestId=None, note="not an id, but Ann's words"):
        logger.info("transfer %s: asked again (request %s)", TRANSFER, "req_1234567890")
    logger.info("nothing known")
    first, second = log.lines
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info",
        "logger": "flint_server.worker",
        "message": f"transfer {TRANSFER}: asked again (request req_1234567890)",
        "orderId": ORDER,
        "command": "pay_order",
        "transferId": TRANSFER,
        "requestId": "req_1234567890",
    }
    assert set(second) == {"time", "level", "logger", "message"}


def test_a_text_line_names_the_ids_that_its_message_does_not(log: Log) -> None:
    log.configure("info", "text")
    with about(orderId=ORDER, transferId=TRANSFER):
        logging.getLogger("flint_domain").warning("transfer %s: no answer in time", TRANSFER)
    assert log.text.endswith(f"WARNING flint_domain: transfer {TRANSFER}: no answer in time [orderId={ORDER}]\n")


SECRETS = {
    "key": "sk_live_51HabcdefGHIJ",
    "restricted": "rk_test_51HabcdefGHIJ",
    "signing secret": SECRET,
    "token": "tok_visa",
    "payment method": "pm_1Nabc234567",
    "client secret": "pi_3Nabc_secret_Xyz123",
    "bearer": "Bearer abcdefghijklmnop",
    "card": "4242 4242 4242 4242",
    "card without spaces": "5555555555554444",
    "card with dots": "4242.4242.4242.4242",
    "card in full-width digits": "4242424242424242".translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"}),
    "e-mail": "ann.o'example+shop@mail.example.com",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("style", ["json", "text"])
def test_what_must_not_be_logged_is_taken_out_wherever_it_stands(log: Log, secret: str, style: LogFormat) -> None:
    log.configure("debug", style)
    logger = logging.getLogger("flint_server")
    logger.warning("sent %s to the bank", secret)
    logger.warning(f"as it is: {secret}, or {{'key': '{secret}'}}")
    try:
        raise OSError(f"cannot reach {secret}")
    except OSError:
        logger.exception("failed")
    assert secret.rsplit(maxsplit=1)[-1] not in log.text
    assert "cannot reach" in log.text


def test_ids_and_amounts_stay_readable() -> None:
    text = f"{ORDER} {TRANSFER} pi_3NabcDEF evt_123 138.24 USD 1795000000 2026-11-23T12:00:00Z 1234567890123456"
    assert redacted(text) == text


class Buyer(BaseModel):
    age: int


def test_the_words_of_an_exception_are_left_out_where_they_may_be_a_callers(log: Log) -> None:
    log.configure("debug", "json")
    name = "Ann Example"
    try:
        try:
            Buyer.model_validate({"age": name})
        except ValidationError as error:
            raise Refused("not_found", f"There is no {name}.", hint="none") from error
    except Refused:
        logging.getLogger("flint_server").exception("failed")
    try:
        raise sqlite3.OperationalError("database is locked")
    except sqlite3.OperationalError:
        logging.getLogger("flint_server").exception("failed")
    words, machine = log.lines
    assert "Ann" not in log.text
    assert "ValidationError" in words["error"]
    assert "flint_domain.kernel.errors.Refused" in words["error"]
    assert "test_logs.py" in words["error"]
    assert machine["error"].endswith("sqlite3.OperationalError: database is locked")


def test_groups_and_circles_of_exceptions_are_told_to_their_end(log: Log) -> None:
    log.configure("debug", "json")
    error = ExceptionGroup("Ann", [ValueError("Ann"), OSError("no route")])
    error.__context__ = error
    logging.getLogger("flint_server").error("failed", exc_info=error, stack_info=True)
    [line] = log.lines
    assert line["error"] == "ExceptionGroup\n  with ValueError\n  with OSError: no route"
    assert "test_logs.py" in line["stack"]


def test_a_message_that_cannot_be_written_says_where_it_is() -> None:
    record = logging.LogRecord("flint_server", logging.WARNING, "worker.py", 7, "%d", ("Ann",), None)
    assert Redaction().filter(record)
    assert record.getMessage() == "a message that could not be written (worker.py:7)"


def test_other_libraries_are_heard_from_warnings_on(log: Log) -> None:
    log.configure("debug", "text")
    for name in ("aiosqlite", "mcp.server", "httpx2", "stripe", "sqlalchemy.engine", "uvicorn.access"):
        logging.getLogger(name).info("INSERT INTO orders VALUES ('Ann')")
    assert log.text == ""
    logging.getLogger("flint_tools.server").debug("heard")
    assert "heard" in log.text


# ── a whole journey ──────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = ("Ann", "Example", "ann@", "tok_", "Main Street", "Secret lamp", "gift for", "4242", "do-not-log", SECRET)


async def journey(folder: Path) -> None:
    """Everything that can go well and badly with an order, by callers who put words and tokens everywhere."""
    async with open_application(Settings(folder=folder)) as application, Client(application.server) as client:

        async def call(tool: str, /, **arguments: Any) -> dict[str, Any]:
            return (await client.call_tool(tool, arguments)).structured_content or {}

        order = await call(
            "create_order",
            lineItems=[{"name": "Secret lamp", "unitPriceMoney": {"amount": 9900}, "note": "for Ann Example"}],
            customerId="Ann",
            note="a gift for Ann, 1 Main Street",
            metadata={"buyer": "ann@example.com"},
            idempotencyKey="do-not-log-1",
        )
        order_id = order["orderId"]
        for tokens in (["4242424242424242"], ["tok_chargeDeclined"], ["tok_refundFail"]):
            await call("pay_order", orderId=order_id, paymentSourceTokens=tokens, buyerEmail="ann@example.com")
        await call("create_refund", orderId=order_id, note="Ann Example wants it back", idempotencyKey="do-not-log-2")
        await call("apply_coupon", orderId=order_id, couponCode="ANN-Example")
        await call("get_order", orderId="Ann Example")
        await call("pay_order", orderId=order_id, paymentSourceToken="tok_visa")
        await call("search_orders", query="Ann Example")
        await application.flint.recover()
        await application.flint.hear()


async def test_a_whole_journey_leaves_no_word_of_the_buyer_in_the_log(tmp_path: Path, log: Log) -> None:
    log.configure("debug", "json")
    logging.getLogger("flint_server").info("begun")
    await journey(tmp_path)
    assert log.lines[0]["message"] == "begun"
    assert not [word for word in WORDS if word in log.text]


async def test_flints_own_messages_are_clean_before_anything_is_taken_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in OURS:
        caplog.set_level(logging.DEBUG, name)
    await journey(tmp_path)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(OURS)]
    assert not [message for message in ours if any(word in message for word in WORDS)]


async def test_neither_do_faults_on_the_way(tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    words = " ".join(WORDS)

    async def fail(*_: object) -> object:
        raise RuntimeError(words)

    log.configure("debug", "json")
    monkeypatch.setattr("flint_server.processors.simulated.processor.SimulatedProcessor.perform", fail)
    await journey(tmp_path)
    told = [line for line in log.lines if line.get("transferId")]
    assert told
    assert all("RuntimeError" in line["error"] for line in told if "error" in line)
    assert any("orderId" in line for line in told)
    assert not [word for word in WORDS if word in log.text]


async def test_nor_does_the_inbox(tmp_path: Path, log: Log) -> None:
    from tests.journeys.house import opened

    log.configure("debug", "json")
    async with opened(tmp_path) as house:
        post = StripePost(house)
        await house.paid_order()
        [charge] = await post.transfers()
        changed = {"billing_details": {"name": "Ann Example", "email": "ann@example.com"}, "payment_method": "tok_visa"}
        for reference in (charge.reference, "pi_of_others"):
            about_it = {"id": reference, "object": "payment_intent", **changed}
            await post.tell("payment_intent.succeeded", about_it)
        await post.settle_all()
    assert [line["eventId"] for line in log.lines if "eventId" in line]
    assert not [word for word in WORDS if word in log.text]
