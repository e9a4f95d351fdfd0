"""What orders make: handed over to stock at their cost, and closed with what is left."""
