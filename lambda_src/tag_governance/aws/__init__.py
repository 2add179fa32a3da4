"""Calls to AWS: clients, readers, writers, ledger and senders."""
