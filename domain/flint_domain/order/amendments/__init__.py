"""Changes of an order after payment."""
