"""The schema of the store: its tables, the sums that the database keeps, and the statistics that the planner gets."""

# So that the metadata has all tables, whichever module is asked for.
from gateway.store.schema import kept, mirror, own  # noqa: F401
