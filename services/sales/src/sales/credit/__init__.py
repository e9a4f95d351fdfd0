"""How much a customer may owe, and what he owes."""
