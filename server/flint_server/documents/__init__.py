"""Invoices and credit notes as files: the page (PDF/A-3b) and the invoice that machines read (EN 16931, CII)."""
