"""The one way into Tongheng: routing, tokens, limits, the composed API document."""
