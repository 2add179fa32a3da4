"""Sources of costs: one module for each kind of source, all answering the same query."""
