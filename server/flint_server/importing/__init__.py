"""Files of customers, items and orders: how they are read, checked and written."""
