"""API clients: programs of partners and other teams."""
