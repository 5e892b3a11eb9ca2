"""Measurements: current and revisions apart, sums, pushes, publication, targets; quantities and figures of the plan."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "agregat",
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("ventilation", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valeur", sa.Numeric(), nullable=False),
        sa.Column("diviseur", sa.Numeric(), nullable=False),
        sa.Column("recus", sa.Integer(), nullable=False),
        sa.Column("signales", sa.Integer(), nullable=False),
        sa.Column("ecriture", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("definition", "parent", "periode", "ventilation", "source", name=op.f("agregat_pkey")),
        schema="indicators",
    )
    op.create_table(
        "cible",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("grandeur", sa.Text(), nullable=False),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("cible_pkey")),
        schema="indicators",
    )
    op.create_index(
        "cible_courante_key",
        "cible",
        ["plan", "grandeur", "territoire", "periode"],
        unique=True,
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_table(
        "definition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("grandeur", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("definition_pkey")),
        sa.UniqueConstraint("plan", "grandeur", "version", name=op.f("definition_plan_grandeur_version_key")),
        schema="indicators",
    )
    op.create_table(
        "ecriture",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("enregistre_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("ecriture_pkey")),
        schema="indicators",
    )
    op.create_index(
        op.f("indicators_ecriture_enregistre_le_idx"), "ecriture", ["enregistre_le"], unique=False, schema="indicators"
    )
    op.create_table(
        "grandeur_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("indicateur", sa.Text(), nullable=False),
        sa.Column("fiche", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("grandeur_version_pkey")),
        schema="indicators",
    )
    op.create_index(
        "grandeur_version_courant_key",
        "grandeur_version",
        ["plan", "cle"],
        unique=True,
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
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
        schema="indicators",
    )
    op.create_index(
        op.f("indicators_idempotence_cree_le_idx"), "idempotence", ["cree_le"], unique=False, schema="indicators"
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("statut", sa.Integer(), nullable=True),
        sa.Column("rapport", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("termine_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("lot_pkey")),
        schema="indicators",
    )
    op.create_index(op.f("indicators_lot_expire_le_idx"), "lot", ["expire_le"], unique=False, schema="indicators")
    op.create_index(op.f("indicators_lot_recu_le_idx"), "lot", ["recu_le"], unique=False, schema="indicators")
    op.create_index("lot_acteur_idx", "lot", ["acteur", "rang"], unique=False, schema="indicators")
    op.create_table(
        "lot_corps",
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("corps", sa.LargeBinary(), nullable=False),
        sa.Column("demande", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("lot", name=op.f("lot_corps_pkey")),
        schema="indicators",
    )
    op.create_table(
        "lot_rejet",
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("indice", sa.Integer(), nullable=False),
        sa.Column("faute", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ligne", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("lot", "rang", name=op.f("lot_rejet_pkey")),
        schema="indicators",
    )
    op.create_table(
        "mesure",
        sa.Column("valeur", sa.Numeric(), nullable=True),
        sa.Column("diviseur", sa.Numeric(), nullable=True),
        sa.Column("texte", sa.Text(), nullable=True),
        sa.Column("statut", sa.Text(), nullable=True),
        sa.Column("confidentialite", sa.Text(), nullable=True),
        sa.Column("commentaire", sa.Text(), nullable=True),
        sa.Column("extrait_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supprimee", sa.Boolean(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("ventilation", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ecriture", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "definition", "territoire", "periode", "ventilation", "source", name=op.f("mesure_pkey")
        ),
        schema="indicators",
    )
    op.create_index("mesure_ecriture_idx", "mesure", ["ecriture"], unique=False, schema="indicators")
    op.create_table(
        "millesime",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("au", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("millesime_pkey")),
        sa.UniqueConstraint("plan", "nom", name=op.f("millesime_plan_nom_key")),
        schema="indicators",
    )
    op.create_table(
        "presence",
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("nombre", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("definition", "source", name=op.f("presence_pkey")),
        schema="indicators",
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("annee", sa.Integer(), nullable=False),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("ventilation", sa.Text(), nullable=False),
        sa.Column("cachee", sa.Boolean(), nullable=False),
        sa.Column("cellule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("publie_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publie_au", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("publication_pkey")),
        schema="indicators",
    )
    op.create_index(
        "publication_courante_key",
        "publication",
        ["definition", "territoire", "periode", "ventilation"],
        unique=True,
        schema="indicators",
        postgresql_where=sa.text("publie_au IS NULL"),
    )
    op.create_index("publication_unite_idx", "publication", ["definition", "annee"], unique=False, schema="indicators")
    op.create_table(
        "revision",
        sa.Column("valeur", sa.Numeric(), nullable=True),
        sa.Column("diviseur", sa.Numeric(), nullable=True),
        sa.Column("texte", sa.Text(), nullable=True),
        sa.Column("statut", sa.Text(), nullable=True),
        sa.Column("confidentialite", sa.Text(), nullable=True),
        sa.Column("commentaire", sa.Text(), nullable=True),
        sa.Column("extrait_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supprimee", sa.Boolean(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("ventilation", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ecriture", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "definition", "territoire", "periode", "ventilation", "source", "ecriture", name=op.f("revision_pkey")
        ),
        schema="indicators",
    )
    op.create_index("revision_ecriture_idx", "revision", ["ecriture"], unique=False, schema="indicators")
    op.create_table(
        "source",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=True),
        sa.Column("organisme", sa.Text(), nullable=True),
        sa.Column("seuil_secret", sa.Integer(), nullable=True),
        sa.Column("vue_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("source_pkey")),
        schema="indicators",
    )
    op.create_table(
        "source_reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("indicateur", sa.Text(), nullable=False),
        sa.Column("valide_du", sa.Date(), nullable=True),
        sa.Column("valide_au", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("source_reference_pkey")),
        schema="indicators",
    )
    op.create_index(
        op.f("indicators_source_reference_indicateur_idx"),
        "source_reference",
        ["indicateur"],
        unique=False,
        schema="indicators",
    )
    op.create_index(
        op.f("indicators_source_reference_source_idx"),
        "source_reference",
        ["source"],
        unique=False,
        schema="indicators",
    )
    op.create_table(
        "unite_publication",
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("annee", sa.Integer(), nullable=False),
        sa.Column("publie_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demandes", sa.Integer(), nullable=False),
        sa.Column("faites", sa.Integer(), nullable=False),
        sa.Column("en_attente", sa.Boolean(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("definition", "annee", name=op.f("unite_publication_pkey")),
        schema="indicators",
    )
    op.create_table(
        "verrou",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("pose_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leve_le", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("verrou_pkey")),
        schema="indicators",
    )
    for table, rights in (("revision", "UPDATE, DELETE"), ("ecriture", "DELETE"), ("millesime", "UPDATE, DELETE")):
        op.execute(f"REVOKE {rights} ON indicators.{table} FROM spie_indicators")


def downgrade() -> None:
    op.drop_table("verrou", schema="indicators")
    op.drop_table("unite_publication", schema="indicators")
    op.drop_index(op.f("indicators_source_reference_source_idx"), table_name="source_reference", schema="indicators")
    op.drop_index(
        op.f("indicators_source_reference_indicateur_idx"), table_name="source_reference", schema="indicators"
    )
    op.drop_table("source_reference", schema="indicators")
    op.drop_table("source", schema="indicators")
    op.drop_index("revision_ecriture_idx", table_name="revision", schema="indicators")
    op.drop_table("revision", schema="indicators")
    op.drop_index("publication_unite_idx", table_name="publication", schema="indicators")
    op.drop_index(
        "publication_courante_key",
        table_name="publication",
        schema="indicators",
        postgresql_where=sa.text("publie_au IS NULL"),
    )
    op.drop_table("publication", schema="indicators")
    op.drop_table("presence", schema="indicators")
    op.drop_table("millesime", schema="indicators")
    op.drop_index("mesure_ecriture_idx", table_name="mesure", schema="indicators")
    op.drop_table("mesure", schema="indicators")
    op.drop_table("lot_rejet", schema="indicators")
    op.drop_table("lot_corps", schema="indicators")
    op.drop_index("lot_acteur_idx", table_name="lot", schema="indicators")
    op.drop_index(op.f("indicators_lot_recu_le_idx"), table_name="lot", schema="indicators")
    op.drop_index(op.f("indicators_lot_expire_le_idx"), table_name="lot", schema="indicators")
    op.drop_table("lot", schema="indicators")
    op.drop_index(op.f("indicators_idempotence_cree_le_idx"), table_name="idempotence", schema="indicators")
    op.drop_table("idempotence", schema="indicators")
    op.drop_index(
        "grandeur_version_courant_key",
        table_name="grandeur_version",
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.drop_table("grandeur_version", schema="indicators")
    op.drop_index(op.f("indicators_ecriture_enregistre_le_idx"), table_name="ecriture", schema="indicators")
    op.drop_table("ecriture", schema="indicators")
    op.drop_table("definition", schema="indicators")
    op.drop_index(
        "cible_courante_key", table_name="cible", schema="indicators", postgresql_where=sa.text("connu_au IS NULL")
    )
    op.drop_table("cible", schema="indicators")
    op.drop_table("agregat", schema="indicators")
