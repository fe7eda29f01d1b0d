"""The MCP server over stdio or HTTP, from its start to its end."""
