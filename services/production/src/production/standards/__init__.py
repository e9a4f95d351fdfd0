"""What an item should cost, rolled up and frozen, and why an order cost more or less."""
