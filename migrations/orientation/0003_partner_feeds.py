"""Partner feeds: the register of files, their faults, what each source said, the hashes that match persons."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "flux_recu",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("statut", sa.Integer(), nullable=False),
        sa.Column("rapport", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("flux_recu_pkey")),
        sa.UniqueConstraint("source", "empreinte", name=op.f("flux_recu_source_empreinte_key")),
        schema="orientation",
    )
    op.create_index("flux_recu_acteur_idx", "flux_recu", ["acteur", "rang"], unique=False, schema="orientation")
    op.create_index(
        op.f("orientation_flux_recu_recu_le_idx"), "flux_recu", ["recu_le"], unique=False, schema="orientation"
    )
    op.create_table(
        "flux_rejet",
        sa.Column("recu", sa.Text(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("faute", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("recu", "rang", name=op.f("flux_rejet_pkey")),
        schema="orientation",
    )
    op.create_table(
        "fait_recu",
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("flux", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valeur", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confirme", sa.Boolean(), nullable=False),
        sa.Column("extrait_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recu", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["orientation.dossier.id"], name=op.f("fait_recu_dossier_fkey")),
        sa.PrimaryKeyConstraint("dossier", "source", "flux", "code", name=op.f("fait_recu_pkey")),
        schema="orientation",
    )
    op.create_table(
        "identifiant",
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["orientation.dossier.id"], name=op.f("identifiant_dossier_fkey")),
        sa.PrimaryKeyConstraint("empreinte", "dossier", name=op.f("identifiant_pkey")),
        schema="orientation",
    )
    op.create_index(
        op.f("orientation_identifiant_dossier_idx"), "identifiant", ["dossier"], unique=False, schema="orientation"
    )


def downgrade() -> None:
    op.drop_index(op.f("orientation_identifiant_dossier_idx"), table_name="identifiant", schema="orientation")
    op.drop_table("identifiant", schema="orientation")
    op.drop_table("fait_recu", schema="orientation")
    op.drop_table("flux_rejet", schema="orientation")
    op.drop_index(op.f("orientation_flux_recu_recu_le_idx"), table_name="flux_recu", schema="orientation")
    op.drop_index("flux_recu_acteur_idx", table_name="flux_recu", schema="orientation")
    op.drop_table("flux_recu", schema="orientation")
