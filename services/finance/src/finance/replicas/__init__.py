"""What finance keeps of other services' records: companies, partners, tax codes, items, purchase orders."""
