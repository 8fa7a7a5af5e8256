"""Whole stores: filled and copied."""
