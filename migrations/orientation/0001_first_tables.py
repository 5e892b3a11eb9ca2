"""First tables: dossiers, their events, and the answers kept for callers who repeat a request."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "dossier",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pseudonyme", sa.LargeBinary(), nullable=True),
        sa.Column("cle", sa.Text(), nullable=True),
        sa.Column("commune", sa.Text(), nullable=True),
        sa.Column("ctm", sa.Text(), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("efface_le", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("dossier_pkey")),
        sa.UniqueConstraint("pseudonyme", name=op.f("dossier_pseudonyme_key")),
        schema="orientation",
    )
    op.create_index(op.f("orientation_dossier_ctm_idx"), "dossier", ["ctm"], unique=False, schema="orientation")
    op.create_table(
        "idempotence",
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("statut", sa.SmallInteger(), nullable=False),
        sa.Column("entetes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("corps", sa.LargeBinary(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("acteur", "cle", name=op.f("idempotence_pkey")),
        schema="orientation",
    )
    op.create_index(
        op.f("orientation_idempotence_cree_le_idx"), "idempotence", ["cree_le"], unique=False, schema="orientation"
    )
    op.create_table(
        "evenement",
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("enregistre_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["orientation.dossier.id"], name=op.f("evenement_dossier_fkey")),
        sa.PrimaryKeyConstraint("rang", name=op.f("evenement_pkey")),
        sa.UniqueConstraint("id", name=op.f("evenement_id_key")),
        schema="orientation",
    )
    op.create_index(
        "evenement_dossier_idx", "evenement", ["dossier", "date", "rang"], unique=False, schema="orientation"
    )
    op.create_index(
        op.f("orientation_evenement_enregistre_le_idx"),
        "evenement",
        ["enregistre_le"],
        unique=False,
        schema="orientation",
    )
    op.execute("REVOKE UPDATE ON orientation.evenement FROM spie_orientation")


def downgrade() -> None:
    op.drop_index(op.f("orientation_evenement_enregistre_le_idx"), table_name="evenement", schema="orientation")
    op.drop_index("evenement_dossier_idx", table_name="evenement", schema="orientation")
    op.drop_table("evenement", schema="orientation")
    op.drop_index(op.f("orientation_idempotence_cree_le_idx"), table_name="idempotence", schema="orientation")
    op.drop_table("idempotence", schema="orientation")
    op.drop_index(op.f("orientation_dossier_ctm_idx"), table_name="dossier", schema="orientation")
    op.drop_table("dossier", schema="orientation")
