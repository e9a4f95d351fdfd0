"""Open items: what each customer owes and each supplier is owed, document by document."""
