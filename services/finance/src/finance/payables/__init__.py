"""Payables: goods received and not billed, suppliers' bills matched three ways, returns to suppliers."""
