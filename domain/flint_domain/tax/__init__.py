"""Tax rates and which of them an order starts with."""
