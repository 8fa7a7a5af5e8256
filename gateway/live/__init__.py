"""Live updates: the change log as it grows, for those who watch it. Knows no face and no transport."""
