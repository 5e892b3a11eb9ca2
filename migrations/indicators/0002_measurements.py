"""Measurements: current and revisions apart, sums, pushes, publication, targets; quantities and figures of the plan."""

from collections.abc import Sequence

from alembic import op

from migrations.measurements_v1 import definitions, lots, mesures, publication

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (definitions, mesures, lots, publication)


def upgrade() -> None:
    for part in TABLES:
        part.create()
    for table, rights in (("revision", "UPDATE, DELETE"), ("ecriture", "DELETE"), ("millesime", "UPDATE, DELETE")):
        op.execute(f"REVOKE {rights} ON indicators.{table} FROM spie_indicators")


def downgrade() -> None:
    for part in reversed(TABLES):
        part.drop()
