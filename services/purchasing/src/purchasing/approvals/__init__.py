"""How many people must approve a purchase order, by its amount and what is bought."""
