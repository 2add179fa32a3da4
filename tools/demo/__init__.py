"""The demonstration: `examples/complete` on an embedded AWS, given something to do, and looked at while it does it."""
