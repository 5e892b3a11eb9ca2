"""Writes rule sets: drafts that are whole from the first, kept with who wrote in them, and shown as they are read."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors import ReglesInconnues
from services.orientation.errors_regles import ReglesExistantes, ReglesPubliees
from services.orientation.models import JeuRegles
from services.orientation.queries import regles as queries
from services.orientation.rule_files import JeuFile, JeuLu
from services.orientation.rules.verification import list_faults
from services.orientation.schemas.regles import JeuIn
from services.orientation.service.en_vigueur import EnVigueur, hash_of
from services.orientation.service.presentation_regles import show_in_force, show_written
from shared import clock
from shared.body import validate
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute
from shared.problems import unknown_value
from shared.responses import check_if_match
from shared.tokens import Identite

CONTENT = ("libelle", "auteur", "valide_du", "valide_au", "parametres", "regles", "signalements")


async def add_draft(session: AsyncSession, en_vigueur: EnVigueur, corps: JeuIn, identite: Identite) -> JeuRegles:
    """Keep a new draft, written whole or copied ``depuis`` another rule set, under a version that nobody has.

    Raises :class:`DonneesRefusees` naming every fault, :class:`ReglesExistantes`.
    """
    await queries.wait_for_turn(session)
    known = [*(jeu.version for jeu in en_vigueur.regles.jeux), *(j.version for j in await queries.list_jeux(session))]
    base = await _copied(session, en_vigueur, corps, known)
    version = corps.version or (_free_version(base, known) if base else None)
    source = check_source(en_vigueur, version, {**base, **given_content(corps)})
    if version in known:
        raise ReglesExistantes
    contenu, now = source.model_dump_json(), clock.now()
    draft = JeuRegles(
        version=str(version),
        contenu=contenu,
        empreinte=hash_of(contenu),
        auteurs=[identite.sujet],
        cas=[],
        cree_le=now,
        modifie_le=now,
    )
    session.add(draft)
    await session.flush()
    return draft


async def edit_draft(
    session: AsyncSession,
    en_vigueur: EnVigueur,
    version: str,
    corps: JeuIn,
    *,
    if_match: str | None,
    identite: Identite,
) -> JeuRegles:
    """Replace the content of a draft, and note who did.

    Raises :class:`DonneesRefusees`, :class:`ReglesInconnues`, what ``check_if_match`` raises, :class:`ReglesPubliees`.
    """
    if corps.version not in (None, version):
        raise DonneesRefusees(erreurs=[_fault("/version", "VALEUR_INVALIDE", version)])
    if corps.depuis is not None:
        raise DonneesRefusees(erreurs=[_fault("/depuis", "VALEUR_INVALIDE", "null : un brouillon s'écrit en entier")])
    source = check_source(en_vigueur, version, given_content(corps))
    draft = await find_draft(session, en_vigueur, version, if_match=if_match)
    contenu = source.model_dump_json()
    if contenu != draft.contenu:
        draft.contenu, draft.empreinte, draft.modifie_le = contenu, hash_of(contenu), clock.now()
        if identite.sujet not in draft.auteurs:
            draft.auteurs = [*draft.auteurs, identite.sujet]
        await session.flush()
    return draft


async def find_draft(
    session: AsyncSession, en_vigueur: EnVigueur, version: str, if_match: str | None = "*"
) -> JeuRegles:
    """Return a draft that nobody else writes in until the end of the transaction.

    Raises :class:`ReglesInconnues`, what ``check_if_match`` raises, :class:`ReglesPubliees`.
    """
    await queries.wait_for_turn(session)
    found = await queries.find_jeu(session, version)
    if found is None:
        jeu = en_vigueur.regles.find(version)
        if jeu is None:
            raise ReglesInconnues
        check_if_match(if_match, show_in_force(jeu, en_vigueur.regles, en_vigueur.publie_le.get(version)))
        raise ReglesPubliees
    check_if_match(if_match, show_written(found, en_vigueur.regles))
    if found.publie_le is not None:
        raise ReglesPubliees
    return found


def check_source(en_vigueur: EnVigueur, version: str | None, content: Mapping[str, Any]) -> JeuFile:
    """Return the rule set that ``content`` is. Raises :class:`DonneesRefusees` naming every fault."""
    code, _, number = (version or "a-0").partition("-")
    whole = {**content, "code": code, "version": number}
    absent = [] if version else [_fault("/version", "CHAMP_REQUIS", "rio-2027.1")]
    try:
        lu = validate(JeuLu, whole)
    except DonneesRefusees as refus:
        raise DonneesRefusees(erreurs=[*absent, *refus.erreurs]) from refus
    faults = [*absent, *list_faults(lu, en_vigueur.lexique)]
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return JeuFile.model_validate(lu.model_dump())


def given_content(corps: JeuIn) -> dict[str, Any]:
    """Return the content that a body gives."""
    return {name: value for name, value in corps.model_dump(mode="json", exclude_unset=True).items() if name in CONTENT}


async def _copied(session: AsyncSession, en_vigueur: EnVigueur, corps: JeuIn, known: list[str]) -> dict[str, Any]:
    """Return the content that a draft begins with: nothing, or that of another, valid from tomorrow."""
    if corps.depuis is None:
        return {}
    jeu, written = en_vigueur.regles.find(corps.depuis), await queries.find_jeu(session, corps.depuis)
    if jeu is None and written is None:
        raise DonneesRefusees(erreurs=[unknown_value("/depuis", corps.depuis, known)])
    source = jeu.source if jeu else JeuFile.model_validate_json(written.contenu if written else "")
    content: dict[str, Any] = source.model_dump(mode="json")
    return {**content, "valide_du": str(clock.today() + timedelta(days=1)), "valide_au": None}


def _free_version(base: Mapping[str, Any], known: list[str]) -> str:
    """Return the first version of this year that nobody has: rio-2027.1."""
    stem = f"{base['code']}-{clock.today().year}"
    return next(name for rank in range(1, len(known) + 2) if (name := f"{stem}.{rank}") not in known)


def _fault(champ: str, code: str, attendu: str) -> Faute:
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, attendu=attendu)
