"""How an answer is sent: as text for models, as structured content for programs, or both."""

from collections.abc import Mapping
from typing import Any

from mcp.types import CallToolResult, TextContent

from flint_domain.kernel.wire import WireModel
from flint_tools.rendering import Answers
from flint_tools.rendering.structured import structured
from flint_tools.rendering.text import as_json, text


def result_of(
    result: type[WireModel], answer: Mapping[str, Any], *, answers: Answers = "both", whole: bool = False
) -> CallToolResult:
    """The result of a call that worked; whole is for programs, and its text is the JSON itself."""
    content = structured(answer, whole=whole)
    words = as_json(content) if whole or answers == "structured" else text(result, content)
    told = None if answers == "text" else content
    return CallToolResult(content=[TextContent(type="text", text=words)], structured_content=told)
