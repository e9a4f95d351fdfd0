"""Tokens: what a sign-in gives, for how long, and how it ends."""
