"""Domain types: model, policy, catalogue, tags and settings. Pure."""
