"""How a data file of an older Flint becomes one of today's. alembic is imported in here and nowhere else."""
