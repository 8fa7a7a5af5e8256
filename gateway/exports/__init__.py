"""Whole periods as files: walks over all rows that match, and the formats that they are written in."""
