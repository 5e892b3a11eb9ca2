"""Every SELECT of the search."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Key
from shared.reading import read_rows, read_scalar
from shared.versions import known

FOUND = f"""
FROM recherche r LEFT JOIN fiche_version f ON f.id = r.fiche_version
  LEFT JOIN lexique_version l ON l.id = r.lexique_version, websearch_to_tsquery('catalogue.francais', :q) question
WHERE r.vecteur @@ question
  AND ((f.plan = :plan AND {known("f")}) OR (l.plan = :plan AND {known("l")}))
  AND (CAST(:types AS text[]) IS NULL OR r.type = ANY(CAST(:types AS text[])))
"""


# A fiche weighs more than its parts; the lexicon answers to its own abbreviations.
RECHERCHE = f"""
SELECT r.id, r.type, r.code, r.titre, r.lien, r.poids AS rang,
  ts_headline('catalogue.francais', r.texte, r.question,
    U&'StartSel=\\E000, StopSel=\\E001, MaxWords=30, MinWords=12, MaxFragments=1') AS extrait
FROM (SELECT r.*, question, (1000000 * ts_rank('{{0.01, 0.1, 0.4, 1.0}}', r.vecteur, question)
        * CASE r.type WHEN 'fiche' THEN 3 WHEN 'lexique' THEN 2 ELSE 1 END)::int AS poids {FOUND}) r
WHERE CAST(:rang AS int) IS NULL OR (-r.poids, r.id) > (-CAST(:rang AS int), CAST(:id AS int))
ORDER BY r.poids DESC, r.id LIMIT :limite
"""


async def search(
    session: AsyncSession, filters: Mapping[str, Any], *, after: Key, limite: int
) -> tuple[list[Mapping[str, Any]], int]:
    """Return the best answers after the key ``(rang, id)``, and how many there are in all.

    ``filters`` holds plan, au, q and types (null: all).
    """
    rang, identifier = after or (None, 0)
    parameters = {**filters, "rang": rang, "id": identifier, "limite": limite}
    rows = await read_rows(session, RECHERCHE, parameters)
    total = await read_scalar(session, f"SELECT count(*) {FOUND}", **filters)
    return [dict(row) for row in rows], int(total or 0)
