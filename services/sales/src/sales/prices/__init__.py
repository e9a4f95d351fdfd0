"""Price lists: net prices per base unit, by quantity, for one customer or for everybody."""
