"""Events, converted to observations. Pure."""
