"""Writes of a mirrored account: refused, or sent to it and then read back."""
