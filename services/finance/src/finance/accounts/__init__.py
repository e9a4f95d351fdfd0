"""The chart of accounts of each company, and its settings."""
