"""The ledger of gift cards and store credit, and paying with it."""
