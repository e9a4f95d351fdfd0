"""Mails to customers: what was confirmed, whether it was sent, and why not."""
