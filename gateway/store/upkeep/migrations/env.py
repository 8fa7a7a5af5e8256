"""What Alembic runs: the revisions on the connection that it was given, or their SQL without one."""

from alembic import context

from gateway.store.schema.rows import Row

attributes = context.config.attributes
if connection := attributes.get("connection"):
    context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=True)
else:
    context.configure(dialect_name=attributes["dialect"], target_metadata=Row.metadata, literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
