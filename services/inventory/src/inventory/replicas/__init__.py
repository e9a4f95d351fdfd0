"""Slices of masterdata's records that inventory keeps."""
