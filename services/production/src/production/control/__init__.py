"""Production's own sums, for finance to prove against the books."""
