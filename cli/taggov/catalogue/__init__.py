"""`taggov catalogue`: which resource types are covered, and how events resolve to resources."""
