"""Bills of material."""
