"""What sales keeps of master data, fed by events."""
