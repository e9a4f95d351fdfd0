"""What all master records have in common: one code, versions, being active."""
