"""Asking the upstream: what may be asked, within which budget, and what can go wrong."""
