"""The steps of the funnel count too: every dossier is folded again."""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STEPS = 10
AGAIN = "INSERT INTO orientation.compte_a_refaire (dossier) SELECT DISTINCT dossier FROM orientation.evenement"


def upgrade() -> None:
    op.execute(AGAIN)


def downgrade() -> None:
    op.execute(f"DELETE FROM orientation.dossier_compte WHERE nature = {STEPS}")
