"""What is stored, a file for each record: its table, its statements, how it is read and written."""
