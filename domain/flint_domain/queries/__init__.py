"""What callers can read, a file for each toolset."""
