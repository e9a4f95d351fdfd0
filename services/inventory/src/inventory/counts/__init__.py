"""Stocktakes: what lies in a warehouse is counted, and what differs is posted."""
