"""What a merchant says of itself: on invoices, for billing, for pages and mails."""
