"""Embedded AWS on loopback for the demo and the integration tests: MiniStack runs the stack, moto provides
Organizations."""
