"""What cells are computed from: supplied rows and kept sums, as they are or as they were known."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from services.indicators.queries.cadre import ETAT
from services.indicators.series import Besoins, Somme, Valeur
from services.indicators.vocabulary import Confidentialite, StatutMesure
from shared.query import LATEST
from shared.reading import Source, read_rows

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
SOURCES = f"""
SELECT {ETAT} AS etat, (
  SELECT array_agg(ROW(p.definition, p.source, p.ecriture) ORDER BY p.definition, p.source) FROM presence p
  WHERE p.definition = ANY(CAST(:definitions AS int[])) AND p.nombre > 0
) AS presences, (
  SELECT array_agg(ROW(r.indicateur, r.source, r.valide_du, r.valide_au) ORDER BY r.id) FROM source_reference r
  WHERE r.plan = :plan AND r.indicateur = ANY(CAST(:indicateurs AS text[]))
) AS en_vigueur
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


async def read_lignes(session: Source, portee: Portee, besoins: Besoins) -> Lignes:
    """Return the live rows that cells need, by breakdown, then by territory and period."""
    rows = await read_rows(session, LIGNES, _scope(portee, besoins.lignes, besoins.periodes))
    return _by_ventilation(rows)


async def read_known(session: Source, portee: Portee, besoins: Besoins, au: datetime) -> Lignes:
    """Return the rows as they were known at ``au``."""
    rows = await read_rows(session, KNOWN, {**_scope(portee, besoins.lignes, besoins.periodes), "au": au})
    return _by_ventilation(row for row in rows if not row["supprimee"])


async def list_revisions(
    session: Source, portee: Portee, besoins: Besoins, au: datetime | None
) -> list[asyncpg.Record]:
    """Return every state of the rows that cells need up to ``au``, in the order they became known."""
    parameters = {**_scope(portee, besoins.lignes, besoins.periodes), "au": au or LATEST}
    return await read_rows(session, REVISIONS, parameters)


async def read_sommes(session: Source, portee: Portee, besoins: Besoins) -> tuple[Sommes, set[tuple[str, str]]]:
    """Return the kept sums, and the keys of those that must be made from the rows: a child has a status or a secret."""
    rows = await read_rows(session, SOMMES, _scope(portee, besoins.sommes, besoins.periodes))
    sommes: Sommes = {}
    told: set[tuple[str, str]] = set()
    for territoire, periode, ventilation, valeur, diviseur, recus, signales, revise_le in rows:
        key = (territoire, periode)
        if signales:
            told.add(key)
        sommes.setdefault(ventilation, {})[key] = Somme(valeur, diviseur, recus, revise_le)
    return sommes, told


async def list_changed(
    session: Source, portee: Portee, depuis: datetime, au: datetime | None
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


@dataclass(frozen=True)
class Sources:
    """Who has live measurements of each definition, and the sources of reference of each indicator.

    ``marque`` is another one once anything of that, or a measurement of these definitions, has changed.
    """

    etat: str
    marque: Hashable
    presences: Mapping[int, Sequence[str]]
    references: Mapping[str, Sequence[Reference]]


async def read_sources(session: Source, plan: str, definitions: Iterable[int], indicateurs: Iterable[str]) -> Sources:
    """Return which sources may be read."""
    parameters = {"plan": plan, "definitions": sorted(set(definitions)), "indicateurs": sorted(set(indicateurs))}
    (row,) = await read_rows(session, SOURCES, parameters)
    presences: dict[int, list[str]] = {}
    for definition, source, _ in row["presences"] or ():
        presences.setdefault(definition, []).append(source)
    references: dict[str, list[Reference]] = {}
    for indicateur, *rest in row["en_vigueur"] or ():
        references.setdefault(indicateur, []).append(Reference(*rest))
    return Sources(row["etat"], tuple(map(_plain, row)), presences, references)


def _plain(column: Any) -> Hashable:
    """Return a column of the answer as a value that can be compared."""
    return column if isinstance(column, str | None) else tuple(map(tuple, column))


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
