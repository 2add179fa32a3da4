"""`taggov catalogue`: covered resource types, and resolution of events to resources."""
