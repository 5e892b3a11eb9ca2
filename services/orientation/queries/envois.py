"""Figures on their way to the indicators: the sums of a month by commune, what was sent, what waits."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.orientation.models import Envoi
from services.orientation.queries.comptes import DATED, SEEN
from services.orientation.statistics import Nature, PerimetreBrsa, Periode
from services.orientation.statistics.comptes import EVERYONE, PERIMETRES
from services.orientation.statistics.mesures import Mois
from services.orientation.vocabulary_suivi import EtatEnvoi
from shared.pagination import Key, Tranche
from shared.reading import read_page, read_rows, read_scalar

MOIS = f"""
WITH dates AS (
  SELECT c.nature, c.commune, c.dossier, c.nombre,
    replace(split_part(c.cle, '/', 1), 'GLOBAL', 'SOCIO_PRO') AS parcours, split_part(c.cle, '/', 2) AS etape
  FROM dossier_compte c
  WHERE c.nature = ANY(CAST(:dated AS smallint[])) AND c.jour BETWEEN :debut AND :fin AND {SEEN}
)
SELECT d.nature, d.commune, coalesce(d.parcours, '') AS parcours, coalesce(d.etape, '') AS etape,
  sum(d.nombre) AS nombre, count(DISTINCT d.dossier) AS personnes, NULL::int AS orientation, NULL::int AS rdv
FROM dates d
GROUP BY GROUPING SETS ((d.nature, d.commune), (d.nature, d.commune, d.parcours), (d.nature, d.commune, d.etape),
  (d.nature, d.commune, d.parcours, d.etape))
HAVING (GROUPING(d.parcours) = 1 OR d.parcours <> '') AND (GROUPING(d.etape) = 1 OR d.etape <> '')
UNION ALL
SELECT c.nature, c.commune, '', '', sum(c.nombre), count(DISTINCT c.dossier), NULL, NULL
FROM dossier_compte c WHERE c.nature = :attente AND {SEEN} GROUP BY 1, 2
UNION ALL
SELECT c.nature, c.commune, '', '', sum(c.nombre), 0, c.orientation, c.rdv
FROM dossier_compte c WHERE c.nature = :delai AND c.jour BETWEEN :debut AND :fin AND {SEEN} GROUP BY 1, 2, 7, 8
"""
"""The joint accompaniment (GLOBAL) is a variant of the socio-professional pathway, as which it is told (§5.7)."""
FIRST = "SELECT min(c.de) FROM dossier_compte c WHERE c.de > '-infinity' AND c.nature <> :etape"
LAST = "SELECT n.empreinte FROM envoi n WHERE n.mois = :mois ORDER BY n.rang DESC LIMIT 1"
ENVOIS = """
SELECT -n.rang AS rang, jsonb_build_object('id', n.id, 'mois', to_char(n.mois, 'YYYY-MM'), 'etat', n.etat,
  'lignes', n.lignes, 'cree_le', n.cree_le, 'essais', n.essais,
  'prochain_le', CASE WHEN n.etat = 'A_ENVOYER' THEN n.prochain_le END, 'statut', n.statut, 'envoye_le', n.envoye_le,
  'lot', n.lot, 'rejetees', n.rejetees, 'en_retard', n.etat <> 'ENVOYE' AND n.cree_le < :veille) AS element
FROM envoi n WHERE (CAST(:etats AS text[]) IS NULL OR n.etat = ANY(CAST(:etats AS text[])))
"""


async def sum_month(session: AsyncSession, periode: Periode) -> dict[str | None, Mois]:
    """Return the sums of a month for each commune; recipients are those subject to duties."""
    parameters: dict[str, Any] = {
        "debut": periode.debut,
        "fin": periode.fin,
        "perimetres": [EVERYONE, PERIMETRES[PerimetreBrsa.SOUMIS]],
        "dated": list(DATED),
        "attente": int(Nature.ATTENTE),
        "delai": int(Nature.DELAI),
    }
    found: dict[str | None, Mois] = defaultdict(Mois)
    for row in await read_rows(session, MOIS, parameters):
        mois = found[row["commune"]]
        if row["orientation"] is not None:
            mois.delais[row["orientation"], row["rdv"]] += int(row["nombre"])
        else:
            cell = (row["nature"], row["parcours"], row["etape"])
            mois.nombre[cell], mois.personnes[cell] = int(row["nombre"]), row["personnes"]
    return found


async def read_first_day(session: AsyncSession) -> date | None:
    """Return the day of the first thing that counts in what is sent."""
    found: date | None = await read_scalar(session, FIRST, etape=int(Nature.ETAPE))
    return found


async def read_last_digest(session: AsyncSession, mois: date) -> bytes | None:
    """Return the fingerprint of what was last written for a month."""
    found: bytes | None = await read_scalar(session, LAST, mois=mois)
    return found


async def find_due(session: AsyncSession, now: datetime) -> Envoi | None:
    """Return the oldest sending whose time has come."""
    query = select(Envoi).where(Envoi.etat == EtatEnvoi.A_ENVOYER, col(Envoi.prochain_le) <= now)
    return (await session.execute(query.order_by(col(Envoi.rang)).limit(1))).scalar_one_or_none()


async def list_envois(
    session: AsyncSession, *, etats: Sequence[str], veille: datetime, after: Key, limite: int
) -> Tranche:
    """Return a page of sendings, the latest first."""
    parameters = {"etats": list(etats) or None, "veille": veille}
    return await read_page(session, ENVOIS, key="rang", after=after, limite=limite, parameters=parameters)
