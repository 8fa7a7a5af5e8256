"""Limits of a request, checked before anything is executed, in time that grows with its size and no faster.

A document is scanned before it is parsed, counted before it is validated; variables are counted before
they are coerced. Each count stops as soon as it is over.
"""
