"""What the MCP Inspector's command line receives, over stdio and HTTP and in both eras of the protocol."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clients.foreign import SERVE
from tests.clients.installing import NODE, node_packages
from tests.server.running import key_header, served_http
from tests.tools.agent import PRO_PLAN, SUPPORT, at_work, usd
from tests.tools.refusal_shop import filled, furnish, named
from tests.tools.refusals import Refusal, of_the_furnished_shop

pytestmark = pytest.mark.long

PATIENCE = 60.0  # seconds that one run may take on a busy machine
LAUNCHER = Path("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js")
Inspector = Callable[..., "subprocess.CompletedProcess[str]"]


@contextmanager
def inspecting(transport: str, era: str, folder: Path) -> Iterator[Inspector]:
    """The Inspector's command line at a server with every tool."""
    launcher = node_packages("inspector") / LAUNCHER
    # It keeps files of its own in the home.
    environment = {**os.environ, "HOME": str(folder), "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    data = folder / "data"

    def at(*server: str) -> Inspector:
        def run(method: str, *options: str) -> "subprocess.CompletedProcess[str]":
            how = ["--protocol-era", era, "--connect-timeout", str(int(PATIENCE * 1000))]
            return subprocess.run(
                [str(NODE), str(launcher), "--cli", *server, *how, "--method", method, *options],
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )

        return run

    if transport == "stdio":
        yield at(*SERVE, "--toolsets", "all", "--data", str(data))
    else:
        with served_http(data, "--toolsets", "all") as address:
            [(name, value)] = key_header(data).items()
            yield at("--server-url", address, "--header", f"{name}: {value}")


def call(inspector: Inspector, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a call that must work."""
    ran = inspector("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["structuredContent"]


def error(inspector: Inspector, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """The error of a call that must be refused: the text that the Inspector shows."""
    ran = inspector("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))
    result = json.loads(ran.stdout)
    assert result["isError"] is True
    assert "structuredContent" not in result
    return json.loads(result["content"][0]["text"])["error"]


@pytest.mark.parametrize(("transport", "era"), [("stdio", "legacy"), ("http", "legacy"), ("http", "modern")])
def test_the_five_calls_come_out_to_the_cent(transport: str, era: str, tmp_path: Path) -> None:
    with inspecting(transport, era, tmp_path) as inspector:
        call(inspector, "save_tax_rate", name="Sales tax", ratePercent="8", default=True)
        call(inspector, "create_coupon", couponCode="LAUNCH20", percent="20")
        order_id = call(inspector, "create_order", lineItems=[PRO_PLAN, SUPPORT])["orderId"]
        discounted = call(inspector, "apply_coupon", orderId=order_id, couponCode="LAUNCH20")
        assert discounted["pricingAmounts"]["totalMoney"]["amount"] == 11059
        paid = call(inspector, "pay_order", orderId=order_id, paymentSourceTokens=["tok_visa"])
        payment_id = paid["payments"][0]["paymentIntentId"]
        refunded = call(inspector, "create_refund", paymentIntentId=payment_id, amountMoney=usd(2900))
        assert refunded["refund"]["amountMoney"]["amount"] == 2900
        read = call(inspector, "get_order", orderId=order_id)
    assert read["settlementAmounts"]["refundableMoney"]["amount"] == 8159


def one_of_each_code() -> list[Refusal]:
    return list({refusal.code: refusal for refusal in of_the_furnished_shop()}.values())


@pytest.mark.parametrize(("transport", "most"), [("stdio", 4), ("http", 30)])  # over stdio each starts a server
async def test_refusals_reach_whoever_inspects_word_for_word(transport: str, most: int, tmp_path: Path) -> None:
    async with at_work(tmp_path / "data") as agent:
        ids = await furnish(agent)
    refusals = one_of_each_code()[:most]
    with inspecting(transport, "legacy", tmp_path) as inspector:
        for refusal in refusals:
            told = error(inspector, refusal.tool, **filled(refusal.arguments, ids))
            read = (told["code"], told.get("param"), named(told["message"], ids), named(told["hint"], ids))
            assert read == (refusal.code, refusal.param, refusal.message, refusal.hint), refusal.of


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_finds_no_schema_that_others_may_refuse(era: str, tmp_path: Path) -> None:
    with inspecting("stdio", era, tmp_path) as inspector:
        ran = inspector("tools/list", "--strict")
    assert (ran.returncode, ran.stderr) == (0, "")
