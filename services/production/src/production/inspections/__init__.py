"""Inspection plans, the inspections that reports raise by them, and how many pieces are looked at."""
