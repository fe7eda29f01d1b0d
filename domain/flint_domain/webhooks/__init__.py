"""Outgoing webhooks: who is told of what, and how a delivery goes on after each try."""
