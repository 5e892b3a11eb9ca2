"""Partner keys: issued, shown once, renewed with two live for a time, revoked."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import AccesNonConfigure, CleInconnue, CleRevoquee, RotationEnCours
from gateway.models import Cle, Idempotence, Secret
from gateway.queries import Porteur, find_cle, find_porteur, list_secrets
from gateway.schemas import CleIn
from shared import clock
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute
from shared.idempotency import forget_old
from shared.tokens import Identite

PREFIX = "spie_"
FORM = re.compile(r"spie_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
USUAL_LIFE, LONGEST_LIFE = timedelta(days=365), timedelta(days=730)
OVERLAP = timedelta(days=7)
LIVE = 2


def pepper_of(given: SecretStr | None) -> bytes:
    """Return what the HMAC of keys is made with. Raises :class:`AccesNonConfigure` without one."""
    if given is None or len(given.get_secret_value()) < 32:
        raise AccesNonConfigure
    return given.get_secret_value().encode()


def _fingerprint(pepper: bytes, key: str) -> bytes:
    return hmac.new(pepper, key.encode(), hashlib.sha256).digest()


async def issue_cle(session: AsyncSession, corps: CleIn, pepper: bytes, identite: Identite) -> tuple[str, str]:
    """Issue a key; return its identifier, and the key itself: it can never be read again.

    Raises :class:`DonneesRefusees` for an end that is past or too far.
    """
    now = clock.now()
    expire_le = corps.expire_le or now + USUAL_LIFE
    if not now < expire_le <= now + LONGEST_LIFE:
        attendu = f"entre maintenant et le {now + LONGEST_LIFE:%Y-%m-%d}"
        message = CODES_FAUTE["VALEUR_INVALIDE"].libelle
        fault = Faute(champ="/expire_le", code="VALEUR_INVALIDE", message=message, attendu=attendu)
        raise DonneesRefusees(erreurs=[fault])
    restrictions = corps.model_dump(mode="json", exclude={"expire_le"})
    cle = Cle(
        id=f"cle-{secrets.token_hex(12)}", cree_le=now, cree_par=identite.sujet, expire_le=expire_le, **restrictions
    )
    session.add(cle)
    await session.flush()
    await forget_old(session, Idempotence)
    return cle.id, await _add_secret(session, cle, pepper, now)


async def rotate_cle(session: AsyncSession, code: str, pepper: bytes) -> str:
    """Give a key a new secret; the old one lives for a week more. Return the new key.

    Raises :class:`CleInconnue`, :class:`CleRevoquee`, :class:`RotationEnCours` while two secrets live.
    """
    now = clock.now()
    cle = await find_cle(session, code)
    if cle is None:
        raise CleInconnue
    if cle.revoquee_le is not None or cle.expire_le <= now:
        raise CleRevoquee
    live = await list_secrets(session, code, now)
    if len(live) >= LIVE:
        raise RotationEnCours
    for secret in live:
        secret.expire_le = min(secret.expire_le, now + OVERLAP)
    return await _add_secret(session, cle, pepper, now)


async def revoke_cle(session: AsyncSession, code: str, identite: Identite) -> None:
    """Close a key at once; one that was closed stays as it is. Raises :class:`CleInconnue`."""
    cle = await find_cle(session, code)
    if cle is None:
        raise CleInconnue
    if cle.revoquee_le is None:
        cle.revoquee_le, cle.revoquee_par = clock.now(), identite.sujet
        await session.flush()


async def find_key(session: AsyncSession, key: str, pepper: bytes) -> Cle | None:
    """Return what a partner's key opens now, ``None`` when it opens nothing."""
    form = FORM.fullmatch(key)
    porteur: Porteur | None = await find_porteur(session, form[1], clock.now()) if form else None
    if porteur is None or not hmac.compare_digest(porteur.secret.empreinte, _fingerprint(pepper, key)):
        return None
    return porteur.cle


async def _add_secret(session: AsyncSession, cle: Cle, pepper: bytes, now: datetime) -> str:
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    name = "".join(secrets.choice(alphabet) for _ in range(12))
    key = f"{PREFIX}{name}_{secrets.token_urlsafe(32)}"
    empreinte = _fingerprint(pepper, key)
    session.add(Secret(id=name, cle=cle.id, empreinte=empreinte, cree_le=now, expire_le=cle.expire_le))
    await session.flush()
    return key
