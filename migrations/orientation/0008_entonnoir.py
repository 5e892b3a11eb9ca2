"""The steps of the funnel count too: every dossier is folded again, also after a version that does not know them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STEPS, FORM = 10, 2
# Who folds says in which form; one that says nothing is older, and what it took off the queue is folded once more.
FUNCTION = f"""
CREATE FUNCTION orientation.fn_note_depasses() RETURNS trigger LANGUAGE plpgsql SET search_path = orientation AS $$
BEGIN
  IF coalesce(nullif(current_setting('orientation.forme', true), ''), '1')::int < {FORM} THEN
    INSERT INTO compte_depasse (dossier) SELECT DISTINCT dossier FROM changes;
  END IF;
  RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER tg_note_depasses AFTER DELETE ON orientation.compte_a_refaire REFERENCING OLD TABLE AS changes
FOR EACH STATEMENT EXECUTE FUNCTION orientation.fn_note_depasses()
"""
AGAIN = "INSERT INTO orientation.compte_a_refaire (dossier) SELECT DISTINCT dossier FROM orientation.evenement"


def upgrade() -> None:
    op.create_table(
        "compte_depasse",
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rang", name=op.f("compte_depasse_pkey")),
        schema="orientation",
    )
    for statement in (FUNCTION, TRIGGER, AGAIN):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER tg_note_depasses ON orientation.compte_a_refaire")
    op.execute("DROP FUNCTION orientation.fn_note_depasses()")
    op.execute(f"DELETE FROM orientation.dossier_compte WHERE nature = {STEPS}")
    op.drop_table("compte_depasse", schema="orientation")
