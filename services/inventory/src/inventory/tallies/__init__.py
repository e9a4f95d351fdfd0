"""Running sums for the control totals."""
