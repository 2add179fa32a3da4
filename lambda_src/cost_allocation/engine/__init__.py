"""The exact allocation: who a cost belongs to, and how shared costs are split."""
