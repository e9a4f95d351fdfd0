"""What a line costs, and why."""
