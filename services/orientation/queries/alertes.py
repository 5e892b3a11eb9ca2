"""Alerts, by their day: each kind is read off its own index, no further than the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.queries.visibility import scope_of, seen
from shared.pagination import Key, Tranche
from shared.reading import read_rows
from shared.tokens import Identite

TYPES = "(CAST(:types AS text[]) IS NULL OR {type} = ANY(CAST(:types AS text[])))"
BEYOND = "({key}) > (CAST(:apres_0 AS date), :apres_1, :apres_2)"
DOSSIERS = """
SELECT d.echeance, d.type, d.dossier AS objet, d.dossier, d.ctm, d.de AS depuis FROM dossier_alerte d
WHERE d.de <= :today AND d.jusqu > :today AND {types} AND {mine} {ctm} {beyond}
ORDER BY d.echeance, d.type, d.dossier LIMIT :limite + 1
"""
AVIS = """
SELECT r.echeance_avis, 'AVIS_EP', r.id, r.dossier, d.ctm, r.echeance_avis - 7 FROM reorientation r
JOIN dossier d ON d.id = r.dossier
WHERE r.decidee_le IS NULL AND r.avis IS NULL AND r.echeance_avis - 7 <= :today AND {types} AND {mine} {ctm} {beyond}
ORDER BY r.echeance_avis, r.id LIMIT :limite + 1
"""
REGLES = """
SELECT g.echeance, 'REGLES', g.version, NULL, NULL, :today
FROM unnest(CAST(:versions AS text[]), CAST(:fins AS date[])) AS g(version, echeance) WHERE {types} {beyond}
"""
ENVOIS = """
SELECT CAST(timezone('Europe/Paris', n.cree_le + interval '1 day') AS date), 'ENVOI', n.id, NULL, NULL,
  CAST(timezone('Europe/Paris', n.cree_le) AS date)
FROM envoi n
WHERE n.etat <> 'ENVOYE' AND (n.etat = 'REFUSE' OR n.cree_le < :veille) AND {types} {beyond}
"""
PAGE = """
WITH lignes AS ({rows}), page AS (SELECT * FROM lignes ORDER BY echeance, type, objet LIMIT :limite + 1),
gardees AS (SELECT * FROM page ORDER BY echeance, type, objet LIMIT :limite)
SELECT (SELECT coalesce(json_agg(jsonb_build_object('type', g.type,
    'niveau', CASE WHEN g.echeance < :today THEN 'DEPASSEE' ELSE 'PROCHE' END, 'echeance', g.echeance,
    'depuis', g.depuis, 'objet', g.objet, 'dossier', g.dossier, 'ctm', g.ctm)
    ORDER BY g.echeance, g.type, g.objet), '[]')::text FROM gardees g) AS elements,
  (SELECT count(*) FROM page) > :limite AS encore,
  (SELECT array[to_char(g.echeance, 'YYYY-MM-DD'), g.type, g.objet] FROM gardees g
   ORDER BY g.echeance DESC, g.type DESC, g.objet DESC LIMIT 1) AS derniere
"""


@dataclass(frozen=True)
class Recherche:
    """Which alerts are read, and when; ``regles`` are the rule sets that end soon, with their last day."""

    today: date
    now: datetime
    veille: datetime
    types: list[str]
    ctm: str | None
    regles: Sequence[tuple[str, date]]


async def list_alertes(
    session: AsyncSession, identite: Identite, recherche: Recherche, *, after: Key, limite: int
) -> Tranche:
    """Return a page of alerts, the most pressing first; uncounted, for counting would read them all."""
    parameters: dict[str, Any] = {
        "today": recherche.today,
        "types": recherche.types or None,
        **scope_of(identite),
        "limite": limite,
    }
    if after:
        parameters |= {"apres_0": date.fromisoformat(after[0]), "apres_1": after[1], "apres_2": after[2]}
    if recherche.ctm is not None:
        parameters["ctm"] = recherche.ctm
    else:
        versions, fins = [code for code, _ in recherche.regles], [fin for _, fin in recherche.regles]
        parameters |= {"versions": versions, "fins": fins, "veille": recherche.veille}
    rows = _rows(general=recherche.ctm is None, beyond=bool(after))
    (row,) = await read_rows(session, PAGE.format(rows=rows), parameters)
    return Tranche(row["elements"], row["derniere"] if row["encore"] else None, None)


def _rows(*, general: bool, beyond: bool) -> str:
    """Return the rows of every kind; what belongs to no territory is left out when one is asked for."""
    ctm = "" if general else "AND d.ctm = :ctm"
    kinds = [
        (DOSSIERS, "d.type", "d.echeance, d.type, d.dossier"),
        (AVIS, "'AVIS_EP'", "r.echeance_avis, 'AVIS_EP', r.id"),
    ]
    if general:
        day = "CAST(timezone('Europe/Paris', n.cree_le + interval '1 day') AS date)"
        kinds += [(REGLES, "'REGLES'", "g.echeance, 'REGLES', g.version"), (ENVOIS, "'ENVOI'", f"{day}, 'ENVOI', n.id")]
    told = [
        rows.format(
            types=TYPES.format(type=kind),
            mine=seen("d"),
            ctm=ctm,
            beyond=f"AND {BEYOND.format(key=key)}" if beyond else "",
        )
        for rows, kind, key in kinds
    ]
    return " UNION ALL ".join(f"({each})" for each in told)
