"""Where costs are read: one module for each kind of source, all answering the same query."""
