"""The schema of the store: its tables, the sums that the database keeps, and the statistics that the planner gets."""

from gateway.store.schema import mirror  # noqa: F401 - so that the metadata has all tables, whichever module is asked for
