"""Events in, observations out. Pure."""
