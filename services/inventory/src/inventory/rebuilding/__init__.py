"""What of inventory is made again from the topics."""
