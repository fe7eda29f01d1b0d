"""What was sent, what arrived."""
