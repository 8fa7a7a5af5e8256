"""A request before it is executed: its document, variables, limits and price."""
