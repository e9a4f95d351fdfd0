"""Process costing 分步法: what each step of an item costs in a period, with what is still in work there."""
