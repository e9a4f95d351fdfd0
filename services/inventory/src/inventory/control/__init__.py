"""Control totals for finance's proof."""
