"""Who may do what: users, roles, API clients, and the tokens that say so."""
