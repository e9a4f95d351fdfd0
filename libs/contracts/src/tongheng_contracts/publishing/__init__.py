"""What is generated from the contracts for those who read them: the AsyncAPI document and the catalogue page."""
