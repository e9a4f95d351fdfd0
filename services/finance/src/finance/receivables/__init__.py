"""Receivables: what was shipped and not invoiced, invoices, credit notes."""
