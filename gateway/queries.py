"""Every SELECT of the door: partner keys and their secrets, counts of use."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from gateway.models import Cle, Secret
from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page, read_rows, read_scalar

CLES = """
SELECT c.id COLLATE "C" AS id, json_build_object('id', c.id, 'libelle', c.libelle, 'portees', c.portees,
  'sources', c.sources, 'grandeurs', c.grandeurs, 'territoires', c.territoires, 'cree_le', c.cree_le,
  'cree_par', c.cree_par, 'expire_le', c.expire_le, 'revoquee_le', c.revoquee_le, 'secrets', (
    SELECT json_agg(json_build_object('id', s.id, 'cree_le', s.cree_le, 'expire_le', s.expire_le)
      ORDER BY s.cree_le, s.id) FROM secret s WHERE s.cle = c.id)) AS element
FROM cle c WHERE true
"""
USAGES = """
SELECT CAST(u.jour AS text) COLLATE "C" AS jour, u.genre COLLATE "C" AS genre, u.ressource COLLATE "C" AS ressource,
  json_build_object('jour', u.jour, 'genre', u.genre, 'ressource', u.ressource, 'nombre', u.nombre) AS element
FROM usage u WHERE (CAST(:debut AS date) IS NULL OR u.jour >= :debut) AND (CAST(:fin AS date) IS NULL OR u.jour <= :fin)
  AND (CAST(:genres AS text[]) IS NULL OR u.genre = ANY(CAST(:genres AS text[])))
"""
MONTHS = """
SELECT date_trunc('month', u.jour)::date AS mois,
  coalesce(sum(u.nombre) FILTER (WHERE u.ressource = 'connexion'), 0)::bigint AS connexions
FROM usage u WHERE u.jour < :before AND date_trunc('month', u.jour)::date >= (SELECT min(p.jour) FROM usage p)
  AND NOT EXISTS (SELECT FROM usage_envoye e WHERE e.mois = date_trunc('month', u.jour)::date)
GROUP BY 1 ORDER BY 1
"""


async def list_cles(session: AsyncSession, *, after: Key, limite: int) -> Tranche:
    """Return a page of the keys, whatever became of them."""
    return await read_page(session, CLES, key="id", after=after, limite=limite, parameters={})


async def read_cle(session: AsyncSession, code: str) -> str | None:
    """Return one key as JSON."""
    return await read_element(session, f"{CLES} AND c.id = :code", code=code)


async def find_cle(session: AsyncSession, code: str) -> Cle | None:
    """Return one key, held until the end of the transaction."""
    query = select(Cle).where(Cle.id == code).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def list_secrets(session: AsyncSession, code: str, now: datetime) -> list[Secret]:
    """Return the secrets of a key that live, the oldest first."""
    query = select(Secret).where(Secret.cle == code, Secret.expire_le > now).order_by(col(Secret.cree_le))
    return list((await session.execute(query)).scalars())


@dataclass(frozen=True)
class Porteur:
    """A key and the secret it was found by."""

    cle: Cle
    secret: Secret


async def find_porteur(session: AsyncSession, secret: str, now: datetime) -> Porteur | None:
    """Return the key that a live secret opens, ``None`` when there is none or when it was revoked."""
    query = (
        select(Cle, Secret)
        .join(Secret, col(Secret.cle) == col(Cle.id))
        .where(Secret.id == secret, Secret.expire_le > now, Cle.expire_le > now, col(Cle.revoquee_le).is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    return Porteur(row[0], row[1]) if row else None


async def list_usages(
    session: AsyncSession, *, after: Key, limite: int, debut: date | None, fin: date | None, genres: list[str]
) -> Tranche:
    """Return a page of the counts of use, day after day."""
    parameters = {"debut": debut, "fin": fin, "genres": genres or None}
    key = "jour, genre, ressource"
    return await read_page(session, USAGES, key=key, after=after, limite=limite, parameters=parameters)


async def list_months(session: AsyncSession, before: date) -> list[tuple[date, int]]:
    """Return the connections of each month counted from its first day, over before ``before`` and not told yet.

    One door does it at a time: the others find nothing to tell.
    """
    if not await read_scalar(session, "SELECT pg_try_advisory_xact_lock(hashtextextended('gateway.usage_envoye', 0))"):
        return []
    return [(row["mois"], row["connexions"]) for row in await read_rows(session, MONTHS, {"before": before})]
