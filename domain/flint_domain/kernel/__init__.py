"""What every context shares: money, errors, ids, facts, guards."""
