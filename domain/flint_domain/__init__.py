"""Flint's rules: orders, prices, payments and refunds, as plain Python without I/O."""
