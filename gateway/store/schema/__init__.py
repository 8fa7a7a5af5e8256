"""The schema of the store: its tables, the sums that the database keeps, and the statistics that the planner gets."""

# So that the metadata has all tables, whichever module is asked for.
from gateway.store.schema import change_log, entries, kept, mirror, own, tables  # noqa: F401
