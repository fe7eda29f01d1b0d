"""One command's unit of work, and what it asks of the outside."""
