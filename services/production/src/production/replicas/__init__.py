"""What production knows of others' records: items, warehouses, companies, suppliers, tax codes."""
