"""Payment terms: how many days a partner has to pay."""
