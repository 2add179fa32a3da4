"""A batch of records from verdict to end."""
