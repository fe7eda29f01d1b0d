"""Plans and subscriptions: a renewal is an order, a change in mid-period is an amendment of that period's order."""
