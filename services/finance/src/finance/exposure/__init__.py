"""Credit exposure: what each customer owes by the books, told to sales with every change."""
