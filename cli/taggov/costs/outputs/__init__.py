"""What `taggov costs` prints and writes: reports for people, exports for other programs."""
