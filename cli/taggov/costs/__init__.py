"""What things cost, whom the cost belongs to, and how sure that is."""
