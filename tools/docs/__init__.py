"""Writes the input and output tables of the READMEs from the Terraform code."""
