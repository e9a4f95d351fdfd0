"""Applications: programs that run in a person's browser and have no secret, so that where they are found is all."""
