"""Production orders as far as stock is concerned: what is set aside for them, and what they have asked for."""
