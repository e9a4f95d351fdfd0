"""The events that cross the borders between Tongheng's services, and the values they are made of."""
