"""Sample data of a made-up company, as large as wanted: FOCUS cost rows, and rules and metrics that fit them."""
