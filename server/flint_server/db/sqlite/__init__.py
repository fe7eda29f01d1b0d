"""SQLite as an engine: connections, threads, faults, the text index, the file."""
