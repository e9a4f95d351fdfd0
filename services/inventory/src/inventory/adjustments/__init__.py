"""Stock set right by hand: opening, damage, found, count."""
