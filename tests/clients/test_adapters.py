"""What the OpenAI Agents SDK, Google's SDKs and LangChain make of every tool, and what their models are given."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from flint_tools.selection import select
from tests.clients.foreign import SERVE
from tests.clients.installing import HERE, python_environment

pytestmark = pytest.mark.long

PATIENCE = 180.0  # seconds for two servers and the imports of three frameworks, on a busy machine

# They take keys of the merchant's own (metadata, options), which OpenAI's strict mode has no way to say.
NOT_STRICT = {"create_order", "update_order", "save_customer", "save_item", "search_items"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the frameworks say of a server with every tool."""
    python = python_environment("adapters")
    folder: Path = tmp_path_factory.mktemp("shop")
    program, server = HERE / "adapters" / "look.py", [*SERVE, "--toolsets", "all", "--data", str(folder)]
    ran = subprocess.run(
        [str(python), str(program), *server],
        env={**os.environ, "OPENAI_AGENTS_DISABLE_TRACING": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_they_are_shown_every_tool(seen: dict[str, Any]) -> None:
    assert set(seen["tools"]) == set(select(("all",)))


@pytest.mark.parametrize("converter", ["google-genai", "google-adk", "langchain"])
def test_no_tool_is_refused_by_a_converter(seen: dict[str, Any], converter: str) -> None:
    assert seen[converter] == {}


def test_only_tools_with_keys_of_the_merchants_own_are_not_strict_at_openai(seen: dict[str, Any]) -> None:
    assert set(seen["openai, not strict"]) == NOT_STRICT


@pytest.mark.parametrize("framework", ["openai", "langchain"])
def test_models_are_given_the_text_of_an_answer_and_of_a_refusal(seen: dict[str, Any], framework: str) -> None:
    answer, refusal = seen[f"{framework} tells"]
    if framework == "langchain":
        assert (answer["status"], refusal["status"]) == ("success", "error")
        [answer], [refusal] = answer["content"], refusal["content"]
    assert answer["text"].startswith("OPEN order: 2 items, total 198.00 USD, nothing paid, 198.00 USD outstanding.\n")
    error = json.loads(refusal["text"])["error"]
    assert (error["code"], error["param"], error["retryable"]) == ("invalid_argument", "orderId", False)
    assert error["message"] == '"ord_1" is not an id as Flint makes them; an order\'s begins with ord_ (in orderId).'
