"""What is made ready for an order before it is produced: each line with its plan, or its engineering request."""
