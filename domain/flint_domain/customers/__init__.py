"""Who buys: profiles, saved payment methods, history."""
