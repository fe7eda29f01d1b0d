"""Invoices and credit notes: frozen documents of an order, and the rules that say what is on them."""
