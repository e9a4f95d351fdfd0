"""What is heard from others and moves stock: one handler, for what it concerns is locked at once."""
