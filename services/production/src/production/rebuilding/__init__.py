"""What of production is made again from the topics."""
