"""Master data: the records that every other service refers to by code."""
