"""Migrations: what Alembic runs, how tables are rebuilt on SQLite, and the revisions themselves."""
