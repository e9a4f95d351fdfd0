"""The proof: the books tie out with the goods, with the open items, and with themselves."""
