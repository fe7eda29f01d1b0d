"""Flint's outside: storage, processors, HTTP and the command line. Only this package wires things together."""
