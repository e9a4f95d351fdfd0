"""Posting rules are data; these are what they mean, and those that every company starts with."""
