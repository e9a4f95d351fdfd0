"""What purchasing keeps of masterdata: items, partners, warehouses, companies, tax codes."""
