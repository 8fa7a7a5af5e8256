"""The import: records of documents are checked against the rules and the store, and merged, all of them or none."""
