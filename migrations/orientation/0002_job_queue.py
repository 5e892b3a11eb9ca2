"""The job queue of the service: PgQueuer's tables, as frozen in ``migrations/pgqueuer_v1.py``."""

from collections.abc import Sequence

from alembic import op

from migrations.pgqueuer_v1 import install, uninstall

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for statement in install("orientation"):
        op.execute(statement)


def downgrade() -> None:
    for statement in uninstall("orientation"):
        op.execute(statement)
