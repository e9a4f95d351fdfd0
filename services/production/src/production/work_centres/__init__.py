"""Work centres: what can be done there, in which hours, and what an hour costs."""
