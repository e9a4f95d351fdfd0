"""What nobody has made yet: asked for, engineered, and released with its item and its bill of material."""
