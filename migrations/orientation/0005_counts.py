"""What counts of each dossier, kept folded: figures of any period are sums over it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
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
    _add_reorientations()
    _add_alerts()
    _add_sendings()


def _add_reorientations() -> None:
    op.create_table(
        "reorientation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("de", sa.Text(), nullable=False),
        sa.Column("vers", sa.Text(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("demandee_le", sa.Date(), nullable=False),
        sa.Column("demandeur", sa.Text(), nullable=False),
        sa.Column("echeance_avis", sa.Date(), nullable=True),
        sa.Column("avis", sa.Text(), nullable=True),
        sa.Column("avis_le", sa.Date(), nullable=True),
        sa.Column("decidee_le", sa.Date(), nullable=True),
        sa.Column("decideur", sa.Text(), nullable=True),
        sa.Column("motif_decision", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["orientation.dossier.id"], name=op.f("reorientation_dossier_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reorientation_pkey")),
        schema="orientation",
    )
    op.create_index(
        "reorientation_en_cours_idx",
        "reorientation",
        ["dossier"],
        unique=True,
        schema="orientation",
        postgresql_where=sa.text("decidee_le IS NULL"),
    )
    op.create_index("reorientation_etat_idx", "reorientation", ["etat", "rang"], unique=False, schema="orientation")
    op.create_index(
        "reorientation_avis_idx",
        "reorientation",
        ["echeance_avis", "id"],
        unique=False,
        schema="orientation",
        postgresql_where=sa.text("decidee_le IS NULL AND avis IS NULL"),
    )


def _add_alerts() -> None:
    op.create_table(
        "dossier_alerte",
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("de", sa.Date(), nullable=False),
        sa.Column("jusqu", sa.Date(), nullable=False),
        sa.Column("echeance", sa.Date(), nullable=False),
        sa.Column("commune", sa.Text(), nullable=True),
        sa.Column("ctm", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dossier", "type", "de", name=op.f("dossier_alerte_pkey")),
        schema="orientation",
    )
    for name, columns in ALERT_INDEXES:
        op.create_index(name, "dossier_alerte", columns, unique=False, schema="orientation")


ALERT_INDEXES = (
    ("dossier_alerte_echeance_idx", ["echeance", "type", "dossier"]),
    ("dossier_alerte_type_idx", ["type", "echeance", "dossier"]),
    ("dossier_alerte_ctm_idx", ["ctm", "echeance", "type", "dossier"]),
)


def _add_sendings() -> None:
    op.create_table(
        "envoi",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("mois", sa.Date(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("corps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lignes", sa.Integer(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("essais", sa.Integer(), nullable=False),
        sa.Column("prochain_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statut", sa.Integer(), nullable=True),
        sa.Column("envoye_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("rejetees", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("envoi_pkey")),
        schema="orientation",
    )
    op.create_index("envoi_mois_idx", "envoi", ["mois", "rang"], unique=False, schema="orientation")
    op.create_index(
        "envoi_attente_idx",
        "envoi",
        ["rang"],
        unique=False,
        schema="orientation",
        postgresql_where=sa.text("etat <> 'ENVOYE'"),
    )


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
    op.drop_index("envoi_attente_idx", table_name="envoi", schema="orientation")
    op.drop_index("envoi_mois_idx", table_name="envoi", schema="orientation")
    op.drop_table("envoi", schema="orientation")
    for name, _ in ALERT_INDEXES:
        op.drop_index(name, table_name="dossier_alerte", schema="orientation")
    op.drop_table("dossier_alerte", schema="orientation")
    op.drop_index("reorientation_avis_idx", table_name="reorientation", schema="orientation")
    op.drop_index("reorientation_etat_idx", table_name="reorientation", schema="orientation")
    op.drop_index("reorientation_en_cours_idx", table_name="reorientation", schema="orientation")
    op.drop_table("reorientation", schema="orientation")
    _execute(FORGET)
    op.drop_table("compte_version", schema="orientation")
    op.drop_table("compte_a_refaire", schema="orientation")
    op.drop_index("dossier_compte_jour_idx", table_name="dossier_compte", schema="orientation")
    op.drop_table("dossier_compte", schema="orientation")
