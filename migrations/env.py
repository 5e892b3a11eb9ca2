"""Alembic's environment, the same for the four histories: one schema each, with its own version table."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

config = context.config
schema: str = config.attributes["schema"]
connection: Connection = config.attributes["connection"]


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Look at this service's schema only."""
    return name == schema if kind == "schema" else True


def include_object(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave out of the comparison Alembic's own table and those of PgQueuer, which no model describes."""
    return name != "alembic_version" and not (kind == "table" and (name or "").startswith("pgqueuer"))


context.configure(
    connection=connection,
    target_metadata=config.attributes["metadata"],
    version_table_schema=schema,
    include_schemas=True,
    include_name=include_name,
    include_object=include_object,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
