"""Totals: sums over entries, out of entries or of whole months."""
