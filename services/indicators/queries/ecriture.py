"""Writing measurements: one COPY, one statement. The rows of a push stand in ``pg_temp.arrivee`` meanwhile.

Writers hold a lock on their source, and the natural key holds the source: what is read here cannot change before it is
written, and two pushes never wait for each other's rows.
"""

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.row_validation import Ligne
from shared.driver import driver_in_transaction
from shared.reading import read_rows, read_scalar

CLE = "definition, territoire, periode, ventilation, source"
CONTENU = "valeur, diviseur, texte, statut, confidentialite, commentaire"
ARRIVEE = """
CREATE TEMP TABLE IF NOT EXISTS arrivee (
  indice int, definition int, territoire text, periode text, ventilation text, parent text, precedente text,
  valeur numeric, diviseur numeric, texte text, statut text, confidentialite text, commentaire text,
  extrait_le timestamptz
) ON COMMIT DELETE ROWS
"""
COLUMNS = (
    "indice",
    "definition",
    "territoire",
    "periode",
    "ventilation",
    "parent",
    "precedente",
    "valeur",
    "diviseur",
    "texte",
    "statut",
    "confidentialite",
    "commentaire",
    "extrait_le",
)
NULL = "\\N"
NOTHING_ELSE: tuple[None, ...] = (None,) * 5
NULLS = "\t".join([NULL] * len(NOTHING_ELSE))
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
"""COPY's text format: https://www.postgresql.org/docs/15/sql-copy.html."""
STORED = """
LEFT JOIN LATERAL (
  SELECT * FROM mesure WHERE (definition, territoire, periode, ventilation, source)
    = (a.definition, a.territoire, a.periode, a.ventilation, CAST(:source AS text)) LIMIT 1
) m ON true
"""
"""What stands under the key of each arrival. ``LIMIT`` keeps the planner to one look-up in the index a row: of a source
that its statistics do not know yet, it would expect one row, and read all of them again for each arrival."""
BEFORE = """
m.ecriture AS e0, m.valeur AS v0, m.diviseur AS d0, m.definition IS NOT NULL AND NOT m.supprimee AS vivait,
  m.statut IS NOT NULL OR m.confidentialite IS NOT NULL AS signale0
"""
SAME = " AND ".join(f"m.{name} IS NOT DISTINCT FROM a.{name}" for name in CONTENU.split(", "))
ARRIVALS = f"""
SELECT a.*, true AS vit, {BEFORE}, CASE WHEN m.definition IS NULL THEN 'creee'
    WHEN NOT m.supprimee AND {SAME} THEN CASE WHEN a.extrait_le > m.extrait_le THEN 'avancee' ELSE 'inchangee' END
    WHEN a.extrait_le < m.extrait_le THEN 'perimee'
    WHEN m.supprimee THEN 'creee' ELSE 'modifiee' END AS sort
FROM pg_temp.arrivee a {STORED}
"""


WRITING = f"""
changees AS (SELECT * FROM sorts WHERE sort IN ('creee', 'modifiee', 'supprimee')),
ecrites AS (
  INSERT INTO mesure ({CLE}, {CONTENU}, extrait_le, supprimee, ecriture)
  SELECT definition, territoire, periode, ventilation, :source, {CONTENU}, extrait_le, NOT vit,
    CASE sort WHEN 'avancee' THEN e0 ELSE :ecriture END
  FROM sorts WHERE sort IN ('creee', 'modifiee', 'supprimee', 'avancee')
  ORDER BY definition, territoire, periode, ventilation
  ON CONFLICT ({CLE}) DO UPDATE SET valeur = excluded.valeur, diviseur = excluded.diviseur, texte = excluded.texte,
    statut = excluded.statut, confidentialite = excluded.confidentialite, commentaire = excluded.commentaire,
    extrait_le = excluded.extrait_le, supprimee = excluded.supprimee, ecriture = excluded.ecriture
), revisions AS (
  INSERT INTO revision ({CLE}, {CONTENU}, extrait_le, supprimee, ecriture)
  SELECT definition, territoire, periode, ventilation, :source, {CONTENU}, extrait_le, NOT vit, :ecriture
  FROM changees ORDER BY definition, territoire, periode, ventilation
), sommes AS (
  INSERT INTO agregat (definition, parent, periode, ventilation, source, valeur, diviseur, recus, signales, ecriture)
  SELECT definition, parent, periode, ventilation, :source,
    sum(coalesce(valeur, 0) - CASE WHEN vivait THEN coalesce(v0, 0) ELSE 0 END),
    sum(coalesce(diviseur, 0) - CASE WHEN vivait THEN coalesce(d0, 0) ELSE 0 END),
    count(*) FILTER (WHERE vit) - count(*) FILTER (WHERE vivait),
    count(*) FILTER (WHERE vit AND (statut IS NOT NULL OR confidentialite IS NOT NULL))
      - count(*) FILTER (WHERE vivait AND signale0),
    :ecriture
  FROM changees WHERE parent IS NOT NULL
  GROUP BY definition, parent, periode, ventilation ORDER BY definition, parent, periode, ventilation
  ON CONFLICT (definition, parent, periode, ventilation, source) DO UPDATE SET
    valeur = agregat.valeur + excluded.valeur, diviseur = agregat.diviseur + excluded.diviseur,
    recus = agregat.recus + excluded.recus, signales = agregat.signales + excluded.signales,
    ecriture = excluded.ecriture
), periodes AS (
  INSERT INTO periode_recue (definition, source, periode)
  SELECT DISTINCT definition, CAST(:source AS text), periode FROM changees
  ON CONFLICT (definition, source, periode) DO UPDATE SET ecriture = NULL, lignes = NULL
    WHERE periode_recue.ecriture IS NOT NULL
), presences AS (
  INSERT INTO presence (definition, source, nombre, ecriture)
  SELECT definition, :source, count(*) FILTER (WHERE vit) - count(*) FILTER (WHERE vivait), :ecriture
  FROM changees GROUP BY definition ORDER BY definition
  ON CONFLICT (definition, source) DO UPDATE SET nombre = presence.nombre + excluded.nombre,
    ecriture = excluded.ecriture
)
SELECT sort, definition, periode, count(*) AS nombre, array_agg(indice) FILTER (WHERE sort = 'perimee') AS indices
FROM sorts GROUP BY sort, definition, periode
"""
"""Writes what the rows ``sorts`` say of each arrival: current state, revisions, sums.

``sort`` says what becomes of it, ``vit`` whether it is alive afterwards, the rest what stood there. An unchanged row of
a newer extraction keeps its ``ecriture``: nobody has to be told.
"""
WRITE = f"WITH sorts AS MATERIALIZED ({ARRIVALS}), {WRITING}"


async def prepare(session: AsyncSession, lignes: Iterable[Ligne]) -> None:
    """Bring rows to the temporary table, by COPY."""
    driver = await driver_in_transaction(session)
    await driver.execute(f"SET LOCAL jit = off; {ARRIVEE}; TRUNCATE pg_temp.arrivee")
    text = io.BytesIO("".join(_iter_lines(lignes)).encode())
    await driver.copy_to_table("arrivee", source=text, columns=COLUMNS, schema_name="pg_temp")


def _iter_lines(lignes: Iterable[Ligne]) -> Iterator[str]:
    """Yield rows as COPY's text format has them, in the order of ``COLUMNS``; codes have nothing to escape."""
    instant, told = None, ""
    for indice, definition, territoire, periode, ventilation, parent, precedente, contenu, extrait_le in lignes:
        if extrait_le is not instant:  # mostly the envelope's, the same for every row
            instant, told = extrait_le, str(extrait_le)
        valeur, others = contenu[0], contenu[1:]
        values = NULLS if others == NOTHING_ELSE else "\t".join(map(copy_cell, others))
        yield (
            f"{indice}\t{definition}\t{territoire}\t{periode}\t{ventilation}\t{parent or NULL}\t{precedente}\t"
            f"{NULL if valeur is None else str(valeur)}\t{values}\t{told}\n"
        )


def copy_cell(value: Any) -> str:
    """Return a value as COPY's text format has it."""
    return NULL if value is None else str(value).translate(ESCAPED)


async def lock_source(session: AsyncSession, source: str) -> None:
    """Wait for the turn of ``source``: its pushes are written one after the other."""
    await read_scalar(session, "SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"mesure {source}")


async def open_ecriture(session: AsyncSession, *, lot: str | None, acteur: str) -> int:
    """Return the number of a new write; :func:`stamp` gives its instant."""
    query = "INSERT INTO ecriture (lot, acteur) VALUES (:lot, :acteur) RETURNING id"
    number: int = await read_scalar(session, query, lot=lot, acteur=acteur)
    return number


async def stamp(session: AsyncSession, ecriture: int, now: datetime) -> datetime:
    """Give a write its instant, later than every other: done last, under a lock that the commit releases."""
    await read_scalar(session, "SELECT pg_advisory_xact_lock(hashtext('indicators.ecriture'))")
    query = """
        UPDATE ecriture SET enregistre_le = greatest(CAST(:now AS timestamptz),
          (SELECT max(enregistre_le) + interval '1 microsecond' FROM ecriture))
        WHERE id = :ecriture RETURNING enregistre_le
    """
    instant: datetime = await read_scalar(session, query, ecriture=ecriture, now=now)
    return instant


async def write_arrivals(session: AsyncSession, *, source: str, ecriture: int) -> list[asyncpg.Record]:
    """Write what the temporary table holds: current state, revisions, sums.

    Return how many rows met each fate, by quantity and period.
    """
    return await read_rows(session, WRITE, {"source": source, "ecriture": ecriture})
