"""Picking and shipping of deliveries."""
