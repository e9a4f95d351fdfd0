"""Finance's own control totals."""
