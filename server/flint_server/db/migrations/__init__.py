"""How a data file of an older Flint becomes one of today's. alembic is imported in here and nowhere else.

A revision that rebuilds the table `orders` (an alembic batch) loses its triggers and has to create them again, or the
text index is no longer fed. The newest is known by its file's name, which begins with its number.
"""
