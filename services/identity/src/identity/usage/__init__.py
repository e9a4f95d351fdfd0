"""How much each program asks of us, by day: what the gateways count, for the program and for who manages it."""
