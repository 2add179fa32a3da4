"""Entry points of the Lambda functions, one per file."""
