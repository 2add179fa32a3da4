"""The rules: their model, how a document is read, and the names that they use."""
