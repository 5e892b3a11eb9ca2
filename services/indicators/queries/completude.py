"""How many territories have given what is expected of them: counts only."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shared.reading import read_rows

BESOINS = """
WITH besoins AS (SELECT * FROM unnest(CAST(:definitions AS int[]), CAST(:periodes AS text[]), CAST(:jeux AS int[]))
    AS b(definition, periode, jeu)),
lieux AS (SELECT * FROM unnest(CAST(:jeux_lieux AS int[]), CAST(:territoires AS text[])) AS l(jeu, territoire))
"""
CURRENT = f"""
{BESOINS}
SELECT b.definition, b.periode, count(*) AS recus FROM besoins b JOIN lieux l ON l.jeu = b.jeu
WHERE EXISTS (SELECT FROM mesure m WHERE NOT m.supprimee
  AND (m.definition, m.territoire, m.periode, m.ventilation) = (b.definition, l.territoire, b.periode, ''))
GROUP BY b.definition, b.periode
"""
KNOWN = f"""
{BESOINS}, etats AS (
  SELECT DISTINCT ON (r.definition, r.territoire, r.periode, r.source)
    r.definition, r.territoire, r.periode, r.supprimee
  FROM besoins b JOIN lieux l ON l.jeu = b.jeu
  JOIN revision r ON (r.definition, r.territoire, r.periode, r.ventilation)
    = (b.definition, l.territoire, b.periode, '')
  JOIN ecriture e ON e.id = r.ecriture AND e.enregistre_le <= :au
  ORDER BY r.definition, r.territoire, r.periode, r.source, r.ecriture DESC
)
SELECT definition, periode, count(DISTINCT territoire) AS recus FROM etats WHERE NOT supprimee
GROUP BY definition, periode
"""


async def count_received(
    session: AsyncSession,
    besoins: Collection[tuple[int, str, int]],
    lieux: Sequence[Sequence[str]],
    au: datetime | None,
) -> dict[tuple[int, str], int]:
    """Count the territories with a live total, of any source, for each definition and period that has some.

    ``besoins`` are definitions, periods and the place in ``lieux`` of the territories that count.
    """
    parameters = {
        "definitions": [besoin[0] for besoin in besoins],
        "periodes": [besoin[1] for besoin in besoins],
        "jeux": [besoin[2] for besoin in besoins],
        "jeux_lieux": [place for place, codes in enumerate(lieux) for _ in codes],
        "territoires": [code for codes in lieux for code in codes],
    }
    rows = await read_rows(session, KNOWN if au else CURRENT, parameters | ({"au": au} if au else {}))
    return {(row["definition"], row["periode"]): row["recus"] for row in rows}
