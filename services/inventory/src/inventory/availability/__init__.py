"""What is on hand, reserved, available, promised, on its way, and what it is worth."""
