"""What is there, on its way and wanted, as others tell it; and what everything in stock has cost."""
