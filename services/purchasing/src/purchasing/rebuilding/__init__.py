"""What of purchasing is made again from the topics."""
