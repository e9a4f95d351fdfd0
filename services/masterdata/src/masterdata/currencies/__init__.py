"""The currencies of the world, by their ISO 4217 codes."""
