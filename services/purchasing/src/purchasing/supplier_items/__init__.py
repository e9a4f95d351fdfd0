"""What each supplier offers of each item."""
