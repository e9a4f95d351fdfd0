"""What of sales is made again from the topics."""
