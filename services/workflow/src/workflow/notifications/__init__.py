"""What people are to know."""
