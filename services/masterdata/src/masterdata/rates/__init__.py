"""Exchange rates, each from a day on."""
