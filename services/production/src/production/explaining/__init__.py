"""Why something costs what it costs, and where a lot has gone."""
