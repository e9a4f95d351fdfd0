"""When order lines can be delivered by production's plan, beside what was promised."""
