"""Sample data of a fictional company, of any size: FOCUS rows with matching rules and metrics."""
