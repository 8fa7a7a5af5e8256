"""Upkeep: migrations, health and the checks of a store."""
