"""`taggov lint`: what Terraform accepts in a consumer's configuration without a word, and what has no effect."""
