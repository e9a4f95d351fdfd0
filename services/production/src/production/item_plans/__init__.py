"""How each item is planned: lots, lead times, safety stock."""
