"""Everything that is held of a person, in one answer, and what tells how long it may be."""

from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.queries.evenements import SHOWN
from services.orientation.queries.orientations import JOINED, WHOLE
from services.orientation.queries.reorientations import ELEMENTS
from shared.reading import read_element, read_rows

REORIENTATIONS = f"{ELEMENTS} WHERE r.dossier = :dossier"
ALL = f"""
SELECT jsonb_build_object(
  'dossier', (SELECT jsonb_build_object('id', d.id, 'commune', d.commune, 'ctm', d.ctm, 'cree_le', d.cree_le,
    'modifie_le', d.modifie_le, 'efface_le', d.efface_le) FROM dossier d WHERE d.id = :dossier),
  'identifiants', coalesce((SELECT jsonb_agg(jsonb_build_object('nature', i.nature, 'cle', i.cle) ORDER BY i.nature)
    FROM identifiant i WHERE i.dossier = :dossier), '[]'),
  'faits', coalesce((SELECT jsonb_agg(jsonb_build_object('code', f.code, 'valeur', f.valeur, 'source', f.source,
    'flux', f.flux, 'confirme', f.confirme, 'extrait_le', f.extrait_le, 'recu_le', f.recu_le, 'recu', f.recu)
    ORDER BY f.code, f.source, f.flux) FROM fait_recu f WHERE f.dossier = :dossier), '[]'),
  'evenements', coalesce((SELECT jsonb_agg(element ORDER BY jour, ordre, rang) FROM ({SHOWN}) dits), '[]'),
  'orientations', coalesce((SELECT jsonb_agg(element ORDER BY rang)
    FROM (SELECT o.rang, {WHOLE} AS element {JOINED}) proposees), '[]'),
  'reorientations', coalesce((SELECT jsonb_agg(element ORDER BY rang) FROM ({REORIENTATIONS}) demandees), '[]'),
  'inscriptions', coalesce((SELECT jsonb_agg(jsonb_build_object('rencontre', i.rencontre, 'debut', i.debut,
    'fin', i.fin, 'statut', i.statut, 'issue', i.issue, 'motif_annulation', i.motif_annulation,
    'inscrite_le', i.inscrite_le, 'annulee_le', i.annulee_le) ORDER BY i.rang)
    FROM inscription i WHERE i.dossier = :dossier), '[]'),
  'attentes', coalesce((SELECT jsonb_agg(jsonb_build_object('rencontre', a.rencontre, 'statut', a.statut,
    'arrivee_le', a.arrivee_le, 'sortie_le', a.sortie_le) ORDER BY a.rang)
    FROM attente a WHERE a.dossier = :dossier), '[]'),
  'reponses_conservees', (SELECT count(*) FROM idempotence r
    WHERE position(convert_to(:dossier, 'UTF8') IN r.corps) > 0 OR position(:dossier IN r.entetes::text) > 0)
) AS element
"""
LIVING = """
SELECT d.id, d.cree_le, d.modifie_le,
  (SELECT max(f.recu_le) FROM fait_recu f WHERE f.dossier = d.id) AS dit_le,
  (SELECT max(f.recu_le) FROM fait_recu f WHERE f.dossier = d.id AND f.source = 'agent') AS constate_le
FROM dossier d WHERE d.efface_le IS NULL AND d.cree_le < :before AND d.id > :after ORDER BY d.id LIMIT :limite
"""


async def read_all(session: AsyncSession, dossier: str) -> str | None:
    """Return everything that is held of a person, as JSON; hashes are named by kind, they say nothing more."""
    return await read_element(session, ALL, dossier=dossier)


async def list_living(session: AsyncSession, *, before: datetime, after: str, limite: int) -> list[asyncpg.Record]:
    """Return dossiers opened before an instant and not erased, by id: the last time anything, or an agent, spoke."""
    parameters: dict[str, Any] = {"before": before, "after": after, "limite": limite}
    return await read_rows(session, LIVING, parameters)
