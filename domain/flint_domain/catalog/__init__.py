"""What is sold: items, their variants, and how many there are."""
