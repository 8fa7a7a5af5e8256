"""Writes: what the rules look at, the entries they change, and the log of both."""
