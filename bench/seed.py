"""Measurements stored before the measures begin, written by SQL as many pushes would have left them.

Sheaves of one quantity and one year: every commune of that year, its twelve months, and each breakdown of at most two
dimensions that the definition allows. A sheaf is one statement that writes all that a push writes: ``mesure``,
``revision``, the sums of the communes of each CTM in ``agregat``, ``presence``, and an ``ecriture`` stamped like any
other. The latest year comes first, in the order of the quantities; sheaves are whole, so that coverage is.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg

from bench import BenchError
from services.indicators.definitions import canonical, ventilations_of
from shared.territoires import Niveau, arbre_of

SOURCE = "banc"
LAST_YEAR, FIRST_YEAR = 2025, 2022  # pushes take the months before
EXTRACTED = datetime(2026, 1, 5, tzinfo=UTC)
DEFINITIONS = """
SELECT g.definition, g.code, g.contenu->'ventilations' AS ventilations FROM grandeur_version g
WHERE g.connu_au IS NULL AND g.contenu->>'nature' = 'flux' ORDER BY g.fiche, g.code
"""
WRITE = """
WITH ecrite AS (
  INSERT INTO ecriture (enregistre_le, acteur)
  SELECT greatest(now(), max(enregistre_le) + interval '1 microsecond'), 'banc' FROM ecriture RETURNING id
), lignes AS MATERIALIZED (
  SELECT t.code AS territoire, t.parent, p.code AS periode, v.code AS ventilation,
    CAST(1 + (t.rang * 7919 + p.rang * 104729 + v.rang * 1299709) % 997 AS numeric) AS valeur
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS t(code, parent, rang),
    unnest($4::text[]) WITH ORDINALITY AS p(code, rang), unnest($5::text[]) WITH ORDINALITY AS v(code, rang)
  ORDER BY 1, 3, 4
), courantes AS (
  INSERT INTO mesure (definition, territoire, periode, ventilation, source, valeur, extrait_le, supprimee, ecriture)
  SELECT $1, territoire, periode, ventilation, $6, valeur, $7, false, id FROM lignes, ecrite
), revisions AS (
  INSERT INTO revision (definition, territoire, periode, ventilation, source, valeur, extrait_le, supprimee, ecriture)
  SELECT $1, territoire, periode, ventilation, $6, valeur, $7, false, id FROM lignes, ecrite
), sommes AS (
  INSERT INTO agregat (definition, parent, periode, ventilation, source, valeur, diviseur, recus, signales, ecriture)
  SELECT $1, parent, periode, ventilation, $6, sum(valeur), 0, count(*), 0, (SELECT id FROM ecrite) FROM lignes
  GROUP BY parent, periode, ventilation ORDER BY parent, periode, ventilation
), periodes AS (
  INSERT INTO periode_recue (definition, source, periode) SELECT $1, $6, unnest($4::text[]) ON CONFLICT DO NOTHING
)
INSERT INTO presence (definition, source, nombre, ecriture)
SELECT $1, $6, count(*), (SELECT id FROM ecrite) FROM lignes
ON CONFLICT (definition, source) DO UPDATE SET nombre = presence.nombre + excluded.nombre, ecriture = excluded.ecriture
"""
TABLES = ("mesure", "revision", "agregat", "presence", "periode_recue", "ecriture")
NOTE_SOURCE = "INSERT INTO source (code, vue_le) VALUES ($1, now()) ON CONFLICT DO NOTHING"


@dataclass(frozen=True)
class Sheaf:
    """One quantity over one year."""

    definition: int
    code: str
    annee: int
    ventilations: tuple[str, ...]
    communes: tuple[str, ...]
    parents: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many measurements it holds."""
        return len(self.communes) * 12 * len(self.ventilations)


@dataclass(frozen=True)
class Seeded:
    """What the database holds: the sheaves, and the definitions of the quantities that may be pushed."""

    sheaves: tuple[Sheaf, ...]
    known: tuple[Sheaf, ...]

    @property
    def size(self) -> int:
        """How many measurements were seeded."""
        return sum(sheaf.size for sheaf in self.sheaves)


def months(annee: int) -> list[str]:
    """Return the codes of the months of a year."""
    return [f"{annee}-{month:02}" for month in range(1, 13)]


async def seed(
    connection: "asyncpg.Connection[Any]", wanted: int, tell: Callable[[str], None], *, by_quantity: bool = False
) -> Seeded:
    """Bring the database to at least ``wanted`` measurements; those that an earlier call wrote stay.

    ``by_quantity``: all the years of a quantity, then the next one, those of few breakdowns first.
    """
    sheaves = list(_iter_sheaves(await connection.fetch(DEFINITIONS)))
    if by_quantity:
        sheaves.sort(key=lambda sheaf: (len(sheaf.ventilations), sheaf.code))
    chosen = list(_enough(sheaves, wanted))
    there = {
        (row["definition"], row["annee"])
        for row in await connection.fetch(
            "SELECT DISTINCT m.definition, left(m.periode, 4)::int AS annee FROM agregat m"
            " WHERE m.source = $1 AND m.ventilation = ''",
            SOURCE,
        )
    }
    missing = [sheaf for sheaf in chosen if (sheaf.definition, sheaf.annee) not in there]
    if missing:
        await connection.execute(NOTE_SOURCE, SOURCE)
        await _write(connection, missing, tell)
    return Seeded(tuple(chosen), tuple(sheaf for sheaf in sheaves if sheaf.annee == LAST_YEAR))


def _iter_sheaves(rows: Sequence[Any]) -> Iterator[Sheaf]:
    for annee in range(LAST_YEAR, FIRST_YEAR - 1, -1):
        communes, parents = list_communes(date(annee, 12, 31))
        for row in rows:
            ventilations = tuple(_iter_ventilations(row["ventilations"]))
            yield Sheaf(row["definition"], row["code"], annee, ventilations, communes, parents)


def list_communes(day: date) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the communes of a day, and the CTM of each."""
    sites = [site for site in arbre_of(None).list_at(day) if site.niveau is Niveau.COMMUNE]
    return tuple(site.code for site in sites), tuple(site.parent or "" for site in sites)


def _iter_ventilations(text: str) -> Iterator[str]:
    """Yield the total, then every combination of one dimension, then of two."""
    every = ventilations_of(None)
    names = [name for name in every if f'"{name}"' in text]
    for count in (0, 1, 2):
        for dimensions in itertools.combinations(names, count):
            modalites = [[each.code for each in every[name].modalites] for name in dimensions]
            for chosen in itertools.product(*modalites):
                yield canonical(dict(zip(dimensions, chosen, strict=True)))


def _enough(sheaves: Sequence[Sheaf], wanted: int) -> Iterator[Sheaf]:
    held = 0
    for sheaf in sheaves:
        if held >= wanted:
            return
        held += sheaf.size
        yield sheaf
    if held < wanted:
        raise BenchError(f"{wanted} mesures, c'est trop : au plus {held}")


async def _write(connection: "asyncpg.Connection[Any]", sheaves: Sequence[Sheaf], tell: Callable[[str], None]) -> None:
    total, done, started = sum(sheaf.size for sheaf in sheaves), 0, time.monotonic()
    told = started
    tell(f"semis : {total} mesures à écrire")
    for sheaf in sheaves:
        place = (sheaf.definition, sheaf.communes, sheaf.parents, months(sheaf.annee), sheaf.ventilations)
        await connection.execute(WRITE, *place, SOURCE, EXTRACTED)
        done += sheaf.size
        if time.monotonic() - told > 15:
            told = time.monotonic()
            tell(f"semis : {done} sur {total} ({told - started:.0f} s)")
    for table in TABLES:
        await connection.execute(f"VACUUM (ANALYZE, FREEZE) {table}")
    await connection.execute("CHECKPOINT")
    tell(f"semis : {total} mesures en {time.monotonic() - started:.0f} s")
