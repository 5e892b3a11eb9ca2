"""Decisions and writes of the catalogue: what pilots say of a fiche or an action."""

import html
import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.catalogue import queries
from services.catalogue.errors import FicheInconnue
from services.catalogue.models import Changement, Suivi
from services.catalogue.schemas import FiltresRecherche, FiltresTerritoires, SuiviPatch, TerritoireOut
from services.catalogue.vocabulary import NatureChangement, Statut
from shared import clock
from shared.errors import DonneesRefusees, Faute, Introuvable, Phrase
from shared.pagination import Tranche
from shared.problems import unknown_value
from shared.query import ParametresConnus
from shared.responses import check_if_match, found
from shared.territoires import Arbre, Territoire

SUIVI_FIELDS = ("statut", "debut", "fin", "note")
Reader = Callable[[], Coroutine[Any, Any, str | None]]


async def check_codes(session: AsyncSession, parametres: ParametresConnus, plan: str) -> None:
    """Refuse codes that the plan does not have, naming every one with the nearest.

    Raises :class:`DonneesRefusees`.
    """
    faults: list[Faute] = []
    for kind in ("axe", "objectif", "organisme", "fiche"):
        asked = [str(code) for code in getattr(parametres, kind, ())]
        if asked:
            known = await queries.list_known_codes(session, kind, plan=plan, au=parametres.known_at)
            faults += [unknown_value(kind, code, known) for code in asked if code not in known]
    if faults:
        raise DonneesRefusees(erreurs=faults)


async def check_ever_known(session: AsyncSession, *, plan: str, fiche: int) -> None:
    """Refuse a fiche that the plan never had. Raises :class:`FicheInconnue`."""
    if not await queries.has_changements(session, plan=plan, fiche=fiche):
        raise FicheInconnue


async def change_suivi(
    session: AsyncSession,
    *,
    read: Reader,
    absent: type[Introuvable],
    target: tuple[str, int, str],
    patch: SuiviPatch,
    if_match: str | None,
    auteur: str,
) -> bytes:
    """Apply what ``auteur`` says of ``target`` (plan, fiche, code) and return the new representation.

    ``read`` gives the representation that ``If-Match`` speaks of. The official wording is never touched; saying again
    what is already said changes nothing. Raises ``absent``, ``PreconditionRequise``,
    ``PreconditionEchouee``, :class:`DonneesRefusees` when the dates end up reversed.
    """
    plan, fiche, code = target
    await queries.lock_suivi(session, plan=plan, code=code)
    current = found(await read(), absent)
    check_if_match(if_match, current)
    if await _replace_suivi(session, plan=plan, fiche=fiche, code=code, patch=patch, auteur=auteur):
        current = found(await read(), absent)
        _check_order(current)
    return current


def _check_order(body: bytes) -> None:
    """Refuse dates that end up reversed, whether said or given by the schedule. Raises :class:`DonneesRefusees`."""
    state = json.loads(body)
    if state["debut"] and state["fin"] and state["fin"] < state["debut"]:
        fr = f"la fin ({state['fin']}) précède le début ({state['debut']}) : donnez aussi celle des deux qui manque"
        en = f"the end ({state['fin']}) comes before the start ({state['debut']}): give the missing one too"
        raise DonneesRefusees(erreurs=[Faute(champ="/fin", code="DATES_INVERSEES", message=Phrase(fr, en))])


async def _replace_suivi(
    session: AsyncSession, *, plan: str, fiche: int, code: str, patch: SuiviPatch, auteur: str
) -> bool:
    old = await queries.find_suivi(session, plan=plan, code=code)
    before = {name: getattr(old, name) for name in SUIVI_FIELDS} if old else _nothing_said()
    after = before | patch.model_dump(exclude_unset=True)
    names = [name for name in SUIVI_FIELDS if before[name] != after[name]]
    if not names:
        return False
    now = clock.now()
    if old is not None:
        old.connu_au = now
        await session.flush()
    session.add(Suivi(plan=plan, fiche=fiche, code=code, connu_du=now, **after))
    session.add(
        Changement(
            plan=plan,
            fiche=fiche,
            portee="fiche" if code == str(fiche) else code,
            nature=NatureChangement.SUIVI,
            auteur=auteur,
            quand=now,
            avant={name: _json(before[name]) for name in names},
            apres={name: _json(after[name]) for name in names},
        )
    )
    await session.flush()
    return True


def _nothing_said() -> dict[str, Any]:
    return {"statut": Statut.NON_RENSEIGNE, "debut": None, "fin": None, "note": None}


def _json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def check_territoires(arbre: Arbre, codes: list[str]) -> None:
    """Refuse codes that never stood in the tree. Raises :class:`DonneesRefusees`."""
    known = arbre.codes()
    if faults := [unknown_value("parent", code, known) for code in codes if code not in known]:
        raise DonneesRefusees(erreurs=faults)


def list_territoires(arbre: Arbre, filtres: FiltresTerritoires) -> list[TerritoireOut]:
    """Return the territories of the tree on a day, level by level, in code order."""
    return [
        _show(territoire)
        for territoire in arbre.list_at(filtres.date or clock.today())
        if (not filtres.niveau or territoire.niveau in filtres.niveau)
        and (not filtres.parent or territoire.parent in filtres.parent)
    ]


def find_territoire(arbre: Arbre, code: str, jour: date) -> str | None:
    """Return what ``code`` means on ``jour`` as JSON, ``None`` when it means nothing then."""
    territoire = arbre.find(code, jour)
    return None if territoire is None else _show(territoire, asked=code).model_dump_json()


def _show(territoire: Territoire, *, asked: str | None = None) -> TerritoireOut:
    replaced = asked if asked != territoire.code else None
    return TerritoireOut.model_validate(asdict(territoire) | {"ancien_code": replaced})


async def search(session: AsyncSession, *, plan: str, filtres: FiltresRecherche, after: list[Any] | None) -> Tranche:
    """Return a page of answers; ``extrait`` is safe HTML with the match between ``<mark>``."""
    types = [str(kind) for kind in filtres.type]
    asked = {"plan": plan, "au": filtres.known_at, "q": filtres.q, "types": types or None}
    rows, total = await queries.search(session, asked, after=after, limite=filtres.limite + 1)
    page = rows[: filtres.limite]
    shown = [
        {name: row[name] for name in ("type", "code", "titre")}
        | {"extrait": _mark(row["extrait"]), "lien": row["lien"]}
        for row in page
    ]
    last = [page[-1]["rang"], page[-1]["id"]] if len(rows) > len(page) else None
    return Tranche(elements=json.dumps(shown, ensure_ascii=False), last_key=last, total=total)


def _mark(extract: str) -> str:
    return html.escape(extract, quote=False).replace("\ue000", "<mark>").replace("\ue001", "</mark>")
