"""Meetings of the RIO: sessions, who is enrolled, who waits. A person is never enrolled in two at the same time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "rencontre",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("serie", sa.Text(), nullable=True),
        sa.Column("lieu", sa.Text(), nullable=False),
        sa.Column("commune", sa.Text(), nullable=False),
        sa.Column("ctm", sa.Text(), nullable=False),
        sa.Column("debut", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fin", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacite", sa.Integer(), nullable=False),
        sa.Column("modalite", sa.Text(), nullable=False),
        sa.Column("animateurs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("langues", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("accessibilite", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("statut", sa.Text(), nullable=False),
        sa.Column("motif_annulation", sa.Text(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("rencontre_pkey")),
        schema="orientation",
    )
    op.create_index("rencontre_debut_idx", "rencontre", ["debut", "id"], unique=False, schema="orientation")
    op.create_index(op.f("orientation_rencontre_serie_idx"), "rencontre", ["serie"], unique=False, schema="orientation")
    op.create_table(
        "inscription",
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rencontre", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("debut", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fin", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statut", sa.Text(), nullable=False),
        sa.Column("promue", sa.Boolean(), nullable=False),
        sa.Column("preavis_respecte", sa.Boolean(), nullable=False),
        sa.Column("motif_annulation", sa.Text(), nullable=True),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("issue_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inscrite_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["orientation.dossier.id"], name=op.f("inscription_dossier_fkey")),
        sa.ForeignKeyConstraint(["rencontre"], ["orientation.rencontre.id"], name=op.f("inscription_rencontre_fkey")),
        sa.PrimaryKeyConstraint("rang", name=op.f("inscription_pkey")),
        sa.UniqueConstraint("id", name=op.f("inscription_id_key")),
        schema="orientation",
    )
    op.create_index(
        "inscription_rencontre_idx", "inscription", ["rencontre", "rang"], unique=False, schema="orientation"
    )
    op.create_index("inscription_dossier_idx", "inscription", ["dossier", "debut"], unique=False, schema="orientation")
    op.execute(
        "ALTER TABLE orientation.inscription ADD CONSTRAINT inscription_chevauchement_excl"
        " EXCLUDE USING gist (dossier WITH =, tstzrange(debut, fin) WITH &&) WHERE (statut = 'INSCRITE')"
    )
    op.create_table(
        "attente",
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rencontre", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("statut", sa.Text(), nullable=False),
        sa.Column("inscription", sa.Text(), nullable=True),
        sa.Column("arrivee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sortie_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["dossier"], ["orientation.dossier.id"], name=op.f("attente_dossier_fkey")),
        sa.ForeignKeyConstraint(["inscription"], ["orientation.inscription.id"], name=op.f("attente_inscription_fkey")),
        sa.ForeignKeyConstraint(["rencontre"], ["orientation.rencontre.id"], name=op.f("attente_rencontre_fkey")),
        sa.PrimaryKeyConstraint("rang", name=op.f("attente_pkey")),
        sa.UniqueConstraint("id", name=op.f("attente_id_key")),
        sa.UniqueConstraint("inscription", name=op.f("attente_inscription_key")),
        schema="orientation",
    )
    op.create_index(
        "attente_rencontre_key",
        "attente",
        ["rencontre", "dossier"],
        unique=True,
        schema="orientation",
        postgresql_where=sa.text("statut = 'EN_ATTENTE'"),
    )
    op.create_index("attente_rencontre_idx", "attente", ["rencontre", "rang"], unique=False, schema="orientation")
    op.create_index(op.f("orientation_attente_dossier_idx"), "attente", ["dossier"], unique=False, schema="orientation")


def downgrade() -> None:
    op.drop_index(op.f("orientation_attente_dossier_idx"), table_name="attente", schema="orientation")
    op.drop_index("attente_rencontre_idx", table_name="attente", schema="orientation")
    op.drop_index(
        "attente_rencontre_key",
        table_name="attente",
        schema="orientation",
        postgresql_where=sa.text("statut = 'EN_ATTENTE'"),
    )
    op.drop_table("attente", schema="orientation")
    op.drop_index("inscription_dossier_idx", table_name="inscription", schema="orientation")
    op.drop_index("inscription_rencontre_idx", table_name="inscription", schema="orientation")
    op.drop_table("inscription", schema="orientation")
    op.drop_index(op.f("orientation_rencontre_serie_idx"), table_name="rencontre", schema="orientation")
    op.drop_index("rencontre_debut_idx", table_name="rencontre", schema="orientation")
    op.drop_table("rencontre", schema="orientation")
