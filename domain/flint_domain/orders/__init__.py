"""The order: what is bought, what it costs, where it stands."""
