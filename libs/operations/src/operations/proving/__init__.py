"""`tongheng prove`: what must always hold, asked from outside: of the databases, the topics and the gateway."""
