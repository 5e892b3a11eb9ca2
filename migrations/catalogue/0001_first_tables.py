"""First tables: the plan in versions, its progress, its history, its search."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Accents are taken off before words are brought to their stem, so that "hebergement" finds "hébergement".
    op.execute("CREATE TEXT SEARCH CONFIGURATION catalogue.francais (COPY = pg_catalog.french)")
    op.execute(
        "ALTER TEXT SEARCH CONFIGURATION catalogue.francais ALTER MAPPING FOR hword, hword_part, word "
        "WITH public.unaccent, pg_catalog.french_stem"
    )
    op.create_table(
        "changement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("fiche", sa.Integer(), nullable=False),
        sa.Column("portee", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("auteur", sa.Text(), nullable=False),
        sa.Column("quand", sa.DateTime(timezone=True), nullable=False),
        sa.Column("avant", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("apres", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("changement_pkey")),
        schema="catalogue",
    )
    op.create_index("changement_fiche_idx", "changement", ["plan", "fiche", "id"], unique=False, schema="catalogue")
    op.create_table(
        "fiche_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("numero", sa.Integer(), nullable=False),
        sa.Column("axe", sa.Text(), nullable=False),
        sa.Column("objectif", sa.Text(), nullable=True),
        sa.Column("thematiques", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("publics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("debut", sa.Date(), nullable=True),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("fiche_version_pkey")),
        schema="catalogue",
    )
    op.create_index(
        "fiche_version_courant_key",
        "fiche_version",
        ["plan", "numero"],
        unique=True,
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_index(
        "fiche_version_histoire_idx", "fiche_version", ["plan", "numero", "connu_du"], unique=False, schema="catalogue"
    )
    op.create_table(
        "lexique_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("lexique_version_pkey")),
        schema="catalogue",
    )
    op.create_index(
        "lexique_version_courant_key",
        "lexique_version",
        ["plan", "code"],
        unique=True,
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_table(
        "organisme_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("organisme_version_pkey")),
        schema="catalogue",
    )
    op.create_index(
        "organisme_version_courant_key",
        "organisme_version",
        ["plan", "code"],
        unique=True,
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("plan_version_pkey")),
        schema="catalogue",
    )
    op.create_index(
        "plan_version_courant_key",
        "plan_version",
        ["plan"],
        unique=True,
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_table(
        "suivi",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("fiche", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("statut", sa.Text(), nullable=False),
        sa.Column("debut", sa.Date(), nullable=True),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("suivi_pkey")),
        schema="catalogue",
    )
    op.create_index(
        "suivi_courant_key",
        "suivi",
        ["plan", "code"],
        unique=True,
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_index("suivi_histoire_idx", "suivi", ["plan", "code", "connu_du"], unique=False, schema="catalogue")
    op.create_table(
        "action_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiche_version", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("debut", sa.Date(), nullable=True),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["fiche_version"],
            ["catalogue.fiche_version.id"],
            name=op.f("action_version_fiche_version_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("action_version_pkey")),
        schema="catalogue",
    )
    op.create_index(
        op.f("catalogue_action_version_code_idx"), "action_version", ["code"], unique=False, schema="catalogue"
    )
    op.create_index(
        op.f("catalogue_action_version_fiche_version_idx"),
        "action_version",
        ["fiche_version"],
        unique=False,
        schema="catalogue",
    )
    op.create_table(
        "recherche",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiche_version", sa.Integer(), nullable=True),
        sa.Column("lexique_version", sa.Integer(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("titre", sa.Text(), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column("lien", sa.Text(), nullable=False),
        sa.Column("vecteur", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fiche_version"],
            ["catalogue.fiche_version.id"],
            name=op.f("recherche_fiche_version_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lexique_version"],
            ["catalogue.lexique_version.id"],
            name=op.f("recherche_lexique_version_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("recherche_pkey")),
        schema="catalogue",
    )
    op.create_index(
        op.f("catalogue_recherche_fiche_version_idx"), "recherche", ["fiche_version"], unique=False, schema="catalogue"
    )
    op.create_index(
        op.f("catalogue_recherche_lexique_version_idx"),
        "recherche",
        ["lexique_version"],
        unique=False,
        schema="catalogue",
    )
    op.create_index(
        "recherche_vecteur_idx", "recherche", ["vecteur"], unique=False, schema="catalogue", postgresql_using="gin"
    )
    op.create_table(
        "role_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiche_version", sa.Integer(), nullable=False),
        sa.Column("portee", sa.Text(), nullable=False),
        sa.Column("organisme", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fiche_version"],
            ["catalogue.fiche_version.id"],
            name=op.f("role_version_fiche_version_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("role_version_pkey")),
        schema="catalogue",
    )
    op.create_index(
        op.f("catalogue_role_version_fiche_version_idx"),
        "role_version",
        ["fiche_version"],
        unique=False,
        schema="catalogue",
    )
    op.create_index(
        op.f("catalogue_role_version_organisme_idx"), "role_version", ["organisme"], unique=False, schema="catalogue"
    )
    # The history is append-only for the service's own role.
    op.execute("REVOKE UPDATE, DELETE ON catalogue.changement FROM spie_catalogue")


def downgrade() -> None:
    op.drop_index(op.f("catalogue_role_version_organisme_idx"), table_name="role_version", schema="catalogue")
    op.drop_index(op.f("catalogue_role_version_fiche_version_idx"), table_name="role_version", schema="catalogue")
    op.drop_table("role_version", schema="catalogue")
    op.drop_index("recherche_vecteur_idx", table_name="recherche", schema="catalogue", postgresql_using="gin")
    op.drop_index(op.f("catalogue_recherche_lexique_version_idx"), table_name="recherche", schema="catalogue")
    op.drop_index(op.f("catalogue_recherche_fiche_version_idx"), table_name="recherche", schema="catalogue")
    op.drop_table("recherche", schema="catalogue")
    op.drop_index(op.f("catalogue_action_version_fiche_version_idx"), table_name="action_version", schema="catalogue")
    op.drop_index(op.f("catalogue_action_version_code_idx"), table_name="action_version", schema="catalogue")
    op.drop_table("action_version", schema="catalogue")
    op.drop_index("suivi_histoire_idx", table_name="suivi", schema="catalogue")
    op.drop_index(
        "suivi_courant_key", table_name="suivi", schema="catalogue", postgresql_where=sa.text("connu_au IS NULL")
    )
    op.drop_table("suivi", schema="catalogue")
    op.drop_index(
        "plan_version_courant_key",
        table_name="plan_version",
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.drop_table("plan_version", schema="catalogue")
    op.drop_index(
        "organisme_version_courant_key",
        table_name="organisme_version",
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.drop_table("organisme_version", schema="catalogue")
    op.drop_index(
        "lexique_version_courant_key",
        table_name="lexique_version",
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.drop_table("lexique_version", schema="catalogue")
    op.drop_index("fiche_version_histoire_idx", table_name="fiche_version", schema="catalogue")
    op.drop_index(
        "fiche_version_courant_key",
        table_name="fiche_version",
        schema="catalogue",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.drop_table("fiche_version", schema="catalogue")
    op.drop_index("changement_fiche_idx", table_name="changement", schema="catalogue")
    op.drop_table("changement", schema="catalogue")
    op.execute("DROP TEXT SEARCH CONFIGURATION catalogue.francais")
