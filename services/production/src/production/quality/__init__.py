"""Inspections as inspectors see them: results, verdicts, certificates."""
