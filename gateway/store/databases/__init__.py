"""The two databases: connections, transactions, statements, and what can go wrong with them."""
