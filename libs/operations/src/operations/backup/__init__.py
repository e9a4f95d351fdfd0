"""`tongheng backup` and `restore`: the whole stack sealed, put back to a moment, and tried."""
