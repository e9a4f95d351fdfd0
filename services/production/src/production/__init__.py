"""Production: bills of material, routings, production orders, their cost, and planning."""
