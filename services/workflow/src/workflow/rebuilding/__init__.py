"""What of workflow is made again from the topics."""
