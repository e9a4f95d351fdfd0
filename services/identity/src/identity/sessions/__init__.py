"""Sessions: what began with a password and goes on by refresh tokens, each good for one use."""
