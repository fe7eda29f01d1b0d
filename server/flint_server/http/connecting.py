"""What `flint serve --http` tells whoever wants to connect a client: a line for each kind of client.

The key is in none of them. It stays in its file, since what is printed ends in logs and on shared screens; and where a
client runs for long it is handed over in the environment, since other users can read a running command's line.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

KEY_VARIABLE = "FLINT_LOCAL_KEY"  # for clients that take a header's value from the environment
_MODERN = "2026-07-28"
_META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": _MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
_LISTING: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": _META}}


def how_to_connect(url: str, key_file: Path | None) -> list[str]:
    """The lines; without a key file the server asks for no key."""
    inspector = f"npx @modelcontextprotocol/inspector --cli {url} --transport http --method tools/list"
    if key_file is None:
        return [
            f"Claude Code:  claude mcp add --transport http flint-orders {url}",
            f"Cursor:       in ~/.cursor/mcp.json {_cursor({'url': url})}",
            f"Inspector:    {inspector}",
            f"mcp-remote:   npx mcp-remote {url}",
            f"curl:         {_curl(url)}",
        ]
    file = quote(str(key_file))
    header = f'"Authorization: Bearer $(cat {file})"'
    from_variable = {"url": url, "headers": {"Authorization": f"Bearer ${{env:{KEY_VARIABLE}}}"}}
    return [
        f"A call needs the key in {key_file}, as the header Authorization: Bearer flk_local_…",
        f"Claude Code:  claude mcp add --transport http flint-orders {url} --header {header}",
        f"Cursor:       in ~/.cursor/mcp.json {_cursor(from_variable)}, with {KEY_VARIABLE} set to the key",
        f"Inspector:    {inspector} --header {header}",
        f'mcp-remote:   {KEY_VARIABLE}="$(cat {file})" npx mcp-remote {url} '
        f"--header 'Authorization: Bearer ${{{KEY_VARIABLE}}}'",
        f"curl:         sed 's/^/Authorization: Bearer /' {file} | {_curl(url, '-H @- ')}",
    ]


def _cursor(server: Mapping[str, object]) -> str:
    return json.dumps({"mcpServers": {"flint-orders": server}})


def _curl(url: str, header: str = "") -> str:
    told = ("Content-Type: application/json", "Accept: application/json, text/event-stream")
    told += (f"MCP-Protocol-Version: {_MODERN}", "Mcp-Method: tools/list")
    headers = header + " ".join(f"-H '{line}'" for line in told)
    return f"curl {headers} -d '{json.dumps(_LISTING, separators=(',', ':'))}' {url}"
