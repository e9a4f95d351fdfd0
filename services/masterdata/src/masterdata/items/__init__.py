"""Items: what is bought, made, stocked or sold."""
