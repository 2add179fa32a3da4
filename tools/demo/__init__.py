"""Demonstration: `examples/complete` on an embedded AWS, with resources, changes and faults."""
