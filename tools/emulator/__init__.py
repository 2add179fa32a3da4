"""An embedded AWS on loopback: MiniStack runs the stack and the function, moto answers for Organizations.

Used by the demo and the integration tests. Nothing here is specific to one of them.
"""
