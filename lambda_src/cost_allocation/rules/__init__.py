"""The rules: data model, parsing, and names of services and clouds."""
