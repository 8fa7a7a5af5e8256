"""The import's side of the store: where it waits, and how it is merged."""
