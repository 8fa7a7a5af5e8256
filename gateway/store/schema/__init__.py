"""The schema of the store: its tables, the sums that the database keeps, and the statistics that the planner gets."""
