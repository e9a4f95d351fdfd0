"""Vouchers: balanced, numbered without gaps, never changed; with the balances they make."""
