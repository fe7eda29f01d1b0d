"""What callers can ask for, a file for each toolset: load, call a rule or a procedure, save."""
