"""Everything that calls AWS: clients, readers, writers, ledger, senders."""
