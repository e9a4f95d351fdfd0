"""Posting: the bookkeeper's rules, as data, turn facts into vouchers."""
