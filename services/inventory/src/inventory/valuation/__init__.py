"""What a move costs, and where a later cost goes."""
