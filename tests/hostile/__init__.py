"""`make hostile`: bad input and unwelcome callers against a running stack, each with the answer it must get."""
