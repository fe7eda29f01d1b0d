"""Stripe as a processor and as a tax service."""
