"""What of an order was handed over."""
