"""The job queue of the service: PgQueuer's tables, as frozen in ``migrations/pgqueuer_v1.py``."""

from collections.abc import Sequence

from alembic import op

from migrations.pgqueuer_v1 import install, uninstall

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for statement in install("indicators"):
        op.execute(statement)


def downgrade() -> None:
    for statement in uninstall("indicators"):
        op.execute(statement)
