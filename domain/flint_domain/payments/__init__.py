"""Money that comes in: authorize, charge, capture, void."""
