"""The simulated processor: an independent party with a ledger of its own, and Stripe's documented test tokens."""
