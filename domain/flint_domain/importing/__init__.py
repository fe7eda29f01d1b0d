"""What a merchant brings along and takes away: customers, items and past orders, by names of the merchant's own."""
