"""Processing of batches and of due ledger entries."""
