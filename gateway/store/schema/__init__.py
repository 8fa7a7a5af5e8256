"""The schema of the store: its tables, the sums that the database keeps, and what the planner is told of them."""
