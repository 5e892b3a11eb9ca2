"""How much the product is used: counts by day, kind of caller and resource; the months that were told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("ressource", sa.Text(), nullable=False),
        sa.Column("nombre", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("jour", "genre", "ressource", name=op.f("usage_pkey")),
        schema="gateway",
    )
    op.create_table(
        "usage_envoye",
        sa.Column("mois", sa.Date(), nullable=False),
        sa.Column("connexions", sa.BigInteger(), nullable=False),
        sa.Column("envoye_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mois", name=op.f("usage_envoye_pkey")),
        schema="gateway",
    )


def downgrade() -> None:
    op.drop_table("usage_envoye", schema="gateway")
    op.drop_table("usage", schema="gateway")
