"""What counts of each dossier, kept folded: figures of any period are sums over it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INCLUDED = ["perimetre", "cle", "precedent", "precedent_tous", "nombre", "de", "jusqu", "orientation", "rdv", "commune"]
NOTE = """
CREATE FUNCTION orientation.fn_note_evenements() RETURNS trigger LANGUAGE plpgsql SET search_path = orientation AS $$
BEGIN
  INSERT INTO compte_a_refaire (dossier) SELECT DISTINCT dossier FROM changes;
  RETURN NULL;
END $$;
CREATE FUNCTION orientation.fn_note_place() RETURNS trigger LANGUAGE plpgsql SET search_path = orientation AS $$
BEGIN
  INSERT INTO compte_a_refaire (dossier) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER tg_note_ajouts AFTER INSERT ON orientation.evenement REFERENCING NEW TABLE AS changes
  FOR EACH STATEMENT EXECUTE FUNCTION orientation.fn_note_evenements();
CREATE TRIGGER tg_note_retraits AFTER DELETE ON orientation.evenement REFERENCING OLD TABLE AS changes
  FOR EACH STATEMENT EXECUTE FUNCTION orientation.fn_note_evenements();
CREATE TRIGGER tg_note_place AFTER UPDATE ON orientation.dossier FOR EACH ROW
  WHEN ((OLD.commune, OLD.ctm) IS DISTINCT FROM (NEW.commune, NEW.ctm))
  EXECUTE FUNCTION orientation.fn_note_place();
INSERT INTO orientation.compte_version VALUES (true, 0);
INSERT INTO orientation.compte_a_refaire (dossier) SELECT DISTINCT dossier FROM orientation.evenement;
"""
FORGET = """
DROP TRIGGER tg_note_place ON orientation.dossier;
DROP TRIGGER tg_note_retraits ON orientation.evenement;
DROP TRIGGER tg_note_ajouts ON orientation.evenement;
DROP FUNCTION orientation.fn_note_place();
DROP FUNCTION orientation.fn_note_evenements();
"""


def upgrade() -> None:
    op.create_table(
        "dossier_compte",
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("numero", sa.SmallInteger(), nullable=False),
        sa.Column("commune", sa.Text(), nullable=True),
        sa.Column("nature", sa.SmallInteger(), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("perimetre", sa.SmallInteger(), nullable=False),
        sa.Column("precedent", sa.Date(), nullable=False),
        sa.Column("precedent_tous", sa.Date(), nullable=False),
        sa.Column("orientation", sa.Integer(), nullable=False),
        sa.Column("rdv", sa.Integer(), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.Column("de", sa.Date(), nullable=False),
        sa.Column("jusqu", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("dossier", "numero", name=op.f("dossier_compte_pkey")),
        schema="orientation",
    )
    op.create_index(
        "dossier_compte_jour_idx",
        "dossier_compte",
        ["nature", "jour"],
        unique=False,
        schema="orientation",
        postgresql_include=INCLUDED,
    )
    op.create_table(
        "compte_a_refaire",
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rang", name=op.f("compte_a_refaire_pkey")),
        schema="orientation",
    )
    op.create_table(
        "compte_version",
        sa.Column("unique", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("unique", name=op.f("compte_version_pkey")),
        schema="orientation",
    )
    _execute(NOTE)


def _execute(script: str) -> None:
    """Run statements one by one: the driver prepares each."""
    statement = ""
    for part in script.split(";\n"):
        statement += part
        if statement.count("$$") % 2:
            statement += ";\n"
        elif statement.strip():
            op.execute(statement)
            statement = ""
        else:
            statement = ""


def downgrade() -> None:
    _execute(FORGET)
    op.drop_table("compte_version", schema="orientation")
    op.drop_table("compte_a_refaire", schema="orientation")
    op.drop_index("dossier_compte_jour_idx", table_name="dossier_compte", schema="orientation")
    op.drop_table("dossier_compte", schema="orientation")
