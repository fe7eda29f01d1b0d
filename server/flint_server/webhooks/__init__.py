"""Outgoing webhooks: where they may go, and the courier that brings them."""
