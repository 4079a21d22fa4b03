"""Alembic's entry: migrations run on the connection that `db/migrate.py` hands over."""

from alembic import context

from numberpools.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
    compare_type=True,
)
context.run_migrations()
