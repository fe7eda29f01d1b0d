"""What makes Flint trustworthy: `python -m tests` runs every check."""
