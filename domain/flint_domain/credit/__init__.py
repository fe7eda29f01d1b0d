"""Money kept for buyers: gift cards and store credit."""
