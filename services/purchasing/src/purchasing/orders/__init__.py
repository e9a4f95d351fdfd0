"""Purchase orders, from draft to received."""
