"""Model, policy, catalogue, tags and settings: the vocabulary of the runtime. Pure."""
