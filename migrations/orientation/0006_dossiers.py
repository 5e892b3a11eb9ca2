"""Dossiers served to agents: proposals and decisions, and the log of who looked, which the service may only add to."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "spie_orientation"
FUNCTIONS = {
    "acces_empreinte(bytea, bigint)": """
CREATE FUNCTION orientation.acces_empreinte(precedente bytea, numero bigint) RETURNS bytea
LANGUAGE sql STABLE SET search_path = orientation, pg_temp AS $$
  SELECT sha256(coalesce(precedente, ''::bytea) || convert_to(coalesce(string_agg(jsonb_build_array(
      a.rang, a.dossier, a.acteur, a.operation, encode(a.motif_empreinte, 'hex'), extract(epoch FROM a.le)
    )::text, E'\\n' ORDER BY a.rang), ''), 'UTF8'))
  FROM acces a WHERE a.segment = numero
$$
""",
    "sceller_acces(integer)": """
CREATE FUNCTION orientation.sceller_acces(limite integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orientation, pg_temp AS $$
DECLARE
  dernier record;
  suivant bigint;
  combien integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('orientation.acces_segment', 0));
  SELECT s.numero, s.empreinte INTO dernier FROM acces_segment s ORDER BY s.numero DESC LIMIT 1;
  suivant := coalesce(dernier.numero, 0) + 1;
  UPDATE acces SET segment = suivant
  WHERE rang IN (SELECT a.rang FROM acces a WHERE a.segment IS NULL ORDER BY a.rang LIMIT limite);
  GET DIAGNOSTICS combien = ROW_COUNT;
  IF combien > 0 THEN
    INSERT INTO acces_segment (numero, nombre, premier_le, dernier_le, precedente, empreinte, scelle_le)
    SELECT suivant, combien, min(a.le), max(a.le), dernier.empreinte,
      acces_empreinte(dernier.empreinte, suivant), clock_timestamp()
    FROM acces a WHERE a.segment = suivant;
  END IF;
  RETURN combien;
END
$$
""",
    "oublier_acces(timestamptz)": """
CREATE FUNCTION orientation.oublier_acces(avant timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orientation, pg_temp AS $$
DECLARE
  combien integer;
BEGIN
  WITH vieux AS (
    UPDATE acces_segment SET efface_le = clock_timestamp()
    WHERE efface_le IS NULL AND dernier_le < least(avant, clock_timestamp() - interval '1 year') RETURNING numero
  )
  DELETE FROM acces a USING vieux v WHERE a.segment = v.numero;
  GET DIAGNOSTICS combien = ROW_COUNT;
  RETURN combien;
END
$$
""",
    "effacer_motifs(text)": """
CREATE FUNCTION orientation.effacer_motifs(vise text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = orientation, pg_temp AS $$
DECLARE
  combien integer;
BEGIN
  UPDATE acces SET motif = NULL WHERE dossier = vise AND motif IS NOT NULL;
  GET DIAGNOSTICS combien = ROW_COUNT;
  RETURN combien;
END
$$
""",
}


def upgrade() -> None:
    op.create_table(
        "acces",
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("motif_empreinte", sa.LargeBinary(), nullable=True),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("rang", name=op.f("acces_pkey")),
        schema="orientation",
    )
    op.create_index("acces_dossier_idx", "acces", ["dossier", "rang"], unique=False, schema="orientation")
    op.create_index(
        "acces_a_sceller_idx",
        "acces",
        ["rang"],
        unique=False,
        schema="orientation",
        postgresql_where=sa.text("segment IS NULL"),
    )
    op.create_index(op.f("orientation_acces_segment_idx"), "acces", ["segment"], unique=False, schema="orientation")
    op.create_table(
        "acces_segment",
        sa.Column("numero", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.Column("premier_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dernier_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("precedente", sa.LargeBinary(), nullable=True),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("scelle_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("efface_le", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("numero", name=op.f("acces_segment_pkey")),
        schema="orientation",
    )
    op.create_table(
        "orientation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_reference", sa.Date(), nullable=False),
        sa.Column("regles_version", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("parcours", sa.Text(), nullable=False),
        sa.Column("modalite", sa.Text(), nullable=False),
        sa.Column("faits", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("provenance", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("proposition", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["orientation.dossier.id"], name=op.f("orientation_dossier_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("orientation_pkey")),
        schema="orientation",
    )
    op.create_index("orientation_dossier_idx", "orientation", ["dossier", "rang"], unique=False, schema="orientation")
    op.create_table(
        "orientation_decision",
        sa.Column("orientation", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("decide_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parcours", sa.Text(), nullable=False),
        sa.Column("etape", sa.Text(), nullable=False),
        sa.Column("ecart", sa.Boolean(), nullable=False),
        sa.Column("motif_ecart", sa.Text(), nullable=True),
        sa.Column("evenement", sa.Text(), nullable=False),
        sa.Column("organisme", sa.Text(), nullable=True),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("notification", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier"], ["orientation.dossier.id"], name=op.f("orientation_decision_dossier_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["orientation"], ["orientation.orientation.id"], name=op.f("orientation_decision_orientation_fkey")
        ),
        sa.PrimaryKeyConstraint("orientation", name=op.f("orientation_decision_pkey")),
        schema="orientation",
    )
    op.create_index(
        op.f("orientation_orientation_decision_dossier_idx"),
        "orientation_decision",
        ["dossier"],
        unique=False,
        schema="orientation",
    )
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON orientation.acces, orientation.acces_segment FROM {ROLE}")
    op.execute(f"GRANT INSERT (dossier, acteur, operation, motif, motif_empreinte, le) ON orientation.acces TO {ROLE}")
    op.execute(f"REVOKE DELETE ON orientation.evenement FROM {ROLE}")
    for signature, body in FUNCTIONS.items():
        op.execute(body)
        op.execute(f"REVOKE ALL ON FUNCTION orientation.{signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION orientation.{signature} TO {ROLE}")


def downgrade() -> None:
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION orientation.{signature}")
    op.execute(f"GRANT DELETE ON orientation.evenement TO {ROLE}")
    op.drop_index(
        op.f("orientation_orientation_decision_dossier_idx"), table_name="orientation_decision", schema="orientation"
    )
    op.drop_table("orientation_decision", schema="orientation")
    op.drop_index("orientation_dossier_idx", table_name="orientation", schema="orientation")
    op.drop_table("orientation", schema="orientation")
    op.drop_table("acces_segment", schema="orientation")
    op.drop_index(op.f("orientation_acces_segment_idx"), table_name="acces", schema="orientation")
    op.drop_index("acces_a_sceller_idx", table_name="acces", schema="orientation")
    op.drop_index("acces_dossier_idx", table_name="acces", schema="orientation")
    op.drop_table("acces", schema="orientation")
