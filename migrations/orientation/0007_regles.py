"""Rule sets that people write: drafts with their cases, then published ones, which nothing changes any more."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

REFUSE = """
CREATE FUNCTION orientation.refuse_jeu_publie() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a published rule set never changes' USING ERRCODE = 'restrict_violation';
END $$
"""
ON_ROWS = """
CREATE TRIGGER jeu_publie_immuable BEFORE UPDATE OR DELETE ON orientation.jeu_regles
FOR EACH ROW WHEN (OLD.publie_le IS NOT NULL) EXECUTE FUNCTION orientation.refuse_jeu_publie()
"""
ON_TABLE = """
CREATE TRIGGER jeu_publie_present BEFORE TRUNCATE ON orientation.jeu_regles
FOR EACH STATEMENT EXECUTE FUNCTION orientation.refuse_jeu_publie()
"""


def upgrade() -> None:
    op.create_table(
        "jeu_regles",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("contenu", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("auteurs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("cas", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rapport", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("simulation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publie_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publie_par", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("jeu_regles_pkey")),
        schema="orientation",
    )
    op.create_index(
        "jeu_regles_publie_idx",
        "jeu_regles",
        ["publie_le"],
        unique=False,
        schema="orientation",
        postgresql_where=sa.text("publie_le IS NOT NULL"),
    )
    for statement in (REFUSE, ON_ROWS, ON_TABLE):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("jeu_regles_publie_idx", table_name="jeu_regles", schema="orientation")
    op.drop_table("jeu_regles", schema="orientation")
    op.execute("DROP FUNCTION orientation.refuse_jeu_publie()")
