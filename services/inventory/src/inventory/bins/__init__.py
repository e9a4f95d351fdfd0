"""Bins: where in a warehouse goods lie, and the way past them."""
