"""Finance: every business fact becomes balanced vouchers, and the books prove that they tie out."""
