"""Gift cards and store credit."""
