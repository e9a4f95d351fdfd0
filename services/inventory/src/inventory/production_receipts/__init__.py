"""What production has made, taken into stock at its cost."""
