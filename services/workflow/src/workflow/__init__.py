"""Workflow of Tongheng."""
