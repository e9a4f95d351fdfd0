"""Mechanisms that every service of Tongheng needs. Knows no business noun."""
