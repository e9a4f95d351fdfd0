"""The cases, by group of RELIABILITY §4."""
