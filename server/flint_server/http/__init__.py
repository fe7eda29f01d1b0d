"""What is served over HTTP beside MCP."""
