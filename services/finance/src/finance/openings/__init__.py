"""Opening balances: what a company brings with it when it starts to keep its books here."""
