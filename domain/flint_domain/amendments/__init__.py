"""Changes after payment: amend, return, exchange, move a payment to another method."""
