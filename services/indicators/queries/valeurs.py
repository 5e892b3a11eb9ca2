"""What cells are computed from: supplied rows and kept sums, as they are or as they were known."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.series import Besoins, Somme, Valeur
from services.indicators.vocabulary import Confidentialite, StatutMesure
from shared.query import LATEST
from shared.reading import read_rows

SCOPE = """
m.definition = :definition AND m.source = :source AND m.territoire = ANY(CAST(:territoires AS text[]))
  AND m.periode = ANY(CAST(:periodes AS text[])) AND m.ventilation = ANY(CAST(:ventilations AS text[]))
"""
LIGNES = f"""
SELECT m.territoire, m.periode, m.ventilation, m.valeur, m.diviseur, m.texte, m.statut, m.confidentialite,
  e.enregistre_le AS revise_le
FROM mesure m JOIN ecriture e ON e.id = m.ecriture WHERE {SCOPE} AND NOT m.supprimee
"""
SOMMES = f"""
SELECT m.parent AS territoire, m.periode, m.ventilation, m.valeur, m.diviseur, m.recus, m.signales,
  e.enregistre_le AS revise_le
FROM agregat m JOIN ecriture e ON e.id = m.ecriture WHERE {SCOPE.replace("m.territoire", "m.parent")} AND m.recus > 0
"""
KNOWN = f"""
SELECT DISTINCT ON (m.territoire, m.periode, m.ventilation)
  m.territoire, m.periode, m.ventilation, m.valeur, m.diviseur, m.texte, m.statut, m.confidentialite, m.supprimee,
  e.enregistre_le AS revise_le
FROM revision m JOIN ecriture e ON e.id = m.ecriture WHERE {SCOPE} AND e.enregistre_le <= :au
ORDER BY m.territoire, m.periode, m.ventilation, e.enregistre_le DESC
"""
REVISIONS = f"""
SELECT m.territoire, m.periode, m.ventilation, m.valeur, m.diviseur, m.texte, m.statut, m.confidentialite, m.supprimee,
  e.enregistre_le AS revise_le
FROM revision m JOIN ecriture e ON e.id = m.ecriture
WHERE {SCOPE} AND e.enregistre_le <= :au ORDER BY e.enregistre_le
"""
CHANGED = """
SELECT m.territoire, m.periode, m.ventilation, max(e.enregistre_le) AS revise_le
FROM {table} m JOIN ecriture e ON e.id = m.ecriture
WHERE m.definition = :definition AND m.source = :source AND m.ventilation = ANY(CAST(:ventilations AS text[]))
  AND e.enregistre_le > :depuis AND e.enregistre_le <= :au
GROUP BY m.territoire, m.periode, m.ventilation
"""
PRESENCES = """
SELECT p.definition, p.source FROM presence p WHERE p.definition = ANY(CAST(:definitions AS int[])) AND p.nombre > 0
"""
REFERENCES = """
SELECT r.indicateur, r.source, r.valide_du, r.valide_au FROM source_reference r
WHERE r.plan = :plan AND r.indicateur = ANY(CAST(:indicateurs AS text[]))
"""


@dataclass(frozen=True)
class Portee:
    """Which rows: one definition, one source, some breakdowns."""

    definition: int
    source: str
    ventilations: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """The source that is published for an indicator between two days."""

    source: str
    valide_du: date | None
    valide_au: date | None

    def holds(self, day: date) -> bool:
        """Tell whether it is the one on ``day``."""
        return (self.valide_du is None or self.valide_du <= day) and (self.valide_au is None or day <= self.valide_au)


Lignes = dict[str, dict[tuple[str, str], Valeur]]
Sommes = dict[str, dict[tuple[str, str], Somme]]


def _scope(portee: Portee, territoires: Collection[str], periodes: Collection[str]) -> dict[str, Any]:
    return {
        "definition": portee.definition,
        "source": portee.source,
        "territoires": list(territoires),
        "periodes": list(periodes),
        "ventilations": list(portee.ventilations),
    }


async def read_lignes(session: AsyncSession, portee: Portee, besoins: Besoins) -> Lignes:
    """Return the live rows that cells need, by breakdown, then by territory and period."""
    rows = await read_rows(session, LIGNES, _scope(portee, besoins.lignes, besoins.periodes))
    return _by_ventilation(rows)


async def read_known(session: AsyncSession, portee: Portee, besoins: Besoins, au: datetime) -> Lignes:
    """Return the rows as they were known at ``au``."""
    rows = await read_rows(session, KNOWN, {**_scope(portee, besoins.lignes, besoins.periodes), "au": au})
    return _by_ventilation(row for row in rows if not row["supprimee"])


async def list_revisions(
    session: AsyncSession, portee: Portee, besoins: Besoins, au: datetime | None
) -> list[asyncpg.Record]:
    """Return every state of the rows that cells need up to ``au``, in the order they became known."""
    parameters = {**_scope(portee, besoins.lignes, besoins.periodes), "au": au or LATEST}
    return await read_rows(session, REVISIONS, parameters)


async def read_sommes(session: AsyncSession, portee: Portee, besoins: Besoins) -> tuple[Sommes, set[tuple[str, str]]]:
    """Return the kept sums, and the keys of those that must be made from the rows: a child has a status or a secret."""
    rows = await read_rows(session, SOMMES, _scope(portee, besoins.sommes, besoins.periodes))
    sommes: Sommes = {}
    told: set[tuple[str, str]] = set()
    for row in rows:
        key = (row["territoire"], row["periode"])
        if row["signales"]:
            told.add(key)
        somme = Somme(row["valeur"], row["diviseur"], row["recus"], row["revise_le"])
        sommes.setdefault(row["ventilation"], {})[key] = somme
    return sommes, told


async def list_changed(
    session: AsyncSession, portee: Portee, depuis: datetime, au: datetime | None
) -> dict[tuple[str, str, str], datetime]:
    """Return when each row (territory, period, breakdown) last changed after an instant, deleted ones included."""
    parameters = {
        "definition": portee.definition,
        "source": portee.source,
        "ventilations": list(portee.ventilations),
        "depuis": depuis,
        "au": au or LATEST,
    }
    table = "mesure" if au is None else "revision"
    rows = await read_rows(session, CHANGED.format(table=table), parameters)
    return {(row["territoire"], row["periode"], row["ventilation"]): row["revise_le"] for row in rows}


async def list_presences(session: AsyncSession, definitions: Iterable[int]) -> dict[int, list[str]]:
    """Return the sources that have live measurements of each definition."""
    found: dict[int, list[str]] = {}
    for row in await read_rows(session, PRESENCES, {"definitions": list(definitions)}):
        found.setdefault(row["definition"], []).append(row["source"])
    return found


async def list_references(session: AsyncSession, plan: str, indicateurs: Iterable[str]) -> dict[str, list[Reference]]:
    """Return the sources of reference of each indicator."""
    found: dict[str, list[Reference]] = {}
    for row in await read_rows(session, REFERENCES, {"plan": plan, "indicateurs": sorted(set(indicateurs))}):
        found.setdefault(row["indicateur"], []).append(Reference(row["source"], row["valide_du"], row["valide_au"]))
    return found


def value_of(row: Any) -> Valeur:
    """Return a row as the rules read it."""
    statut, confidentialite = row["statut"], row["confidentialite"]
    return Valeur(
        row["valeur"],
        row["diviseur"],
        row["texte"],
        StatutMesure.of(statut) if statut else None,
        Confidentialite.of(confidentialite) if confidentialite else None,
        row["revise_le"],
    )


def _by_ventilation(rows: Iterable[Any]) -> Lignes:
    found: Lignes = {}
    for row in rows:
        found.setdefault(row["ventilation"], {})[row["territoire"], row["periode"]] = value_of(row)
    return found
