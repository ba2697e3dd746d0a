"""Run migrations over the connection that `gateway.store.schema` hands in."""

from __future__ import annotations

from alembic import context

from gateway.store.every_table import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
