"""The stock ledger: moves and balances."""
