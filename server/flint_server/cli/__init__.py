"""The `flint` command line: one file for each command."""
