"""HTTP of the catalogue: parse, call, return."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalogue import queries, schemas, service
from services.catalogue.access import Ecriture, Lecture
from services.catalogue.errors import (
    AbreviationInconnue,
    ActionInconnue,
    AxeInconnu,
    FicheInconnue,
    OrganismeInconnu,
)
from shared import clock
from shared.body import MERGE_PATCH, json_body
from shared.database import get_session
from shared.pagination import Curseur, page_bytes, slice_page
from shared.plans import PlanAbsent, find_plan
from shared.query import ParametresConnus, ParametresPlan
from shared.responses import found, ready, written
from shared.territoires import Arbre, TerritoireInconnu
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Connus = Annotated[ParametresConnus, Query()]
Numero = Annotated[int, Path(ge=1, le=9999, description="Numéro de la fiche.", examples=[11])]
Code = Annotated[str, Path(min_length=1, max_length=60, description="Code.")]
IfMatch = Annotated[str | None, Header(description="L'ETag lu ; la modification est refusée s'il a changé.")]
Patch = Annotated[schemas.SuiviPatch, Depends(json_body(schemas.SuiviPatch, MERGE_PATCH))]
NON_FILTERS = {"plan", "au", "limite", "curseur"}


def _asked(filtres: Any) -> dict[str, Any]:
    """Return the filters that were given, by name."""
    asked = filtres.model_dump(exclude=NON_FILTERS, exclude_none=True)
    return {name: value for name, value in asked.items() if value != []}


def _context(plan: str, filtres: ParametresConnus) -> dict[str, Any]:
    return {"plan": plan, "au": filtres.known_at, "jour": clock.today()}


@router.get("/plans", response_model=ListeOut[schemas.PlanOut], summary="Les plans")
async def list_plans(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresPlans, Query()]
) -> Response:
    """Tous les plans chargés, dans l'ordre de leur code."""
    curseur = Curseur("plans", filtres)
    after = curseur.decode(filtres.curseur, [str])
    tranche = await queries.list_plans(session, au=filtres.known_at, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur))


@router.get("/plan", response_model=schemas.PlanEntierOut, summary="Le plan")
async def read_plan(request: Request, acces: Lecture, session: Session, parametres: Connus) -> Response:
    """Le plan demandé, sinon celui en vigueur aujourd'hui, avec ses décomptes et ses axes."""
    plan = await find_plan(session, parametres)
    body = await queries.read_plan(session, plan=plan, au=parametres.known_at)
    return ready(request, found(body, PlanAbsent))


@router.get("/axes", response_model=ListeOut[schemas.AxeOut], summary="Les axes")
async def list_axes(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresConnus, Query()]
) -> Response:
    """Les axes dans l'ordre du plan, avec leurs objectifs et leurs fiches."""
    plan = await find_plan(session, filtres)
    curseur = Curseur("axes", filtres)
    after = curseur.decode(filtres.curseur, [int])
    tranche = await queries.list_axes(session, plan=plan, au=filtres.known_at, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur))


@router.get("/axes/{code}", response_model=schemas.AxeOut, summary="Un axe")
async def read_axe(request: Request, acces: Lecture, session: Session, code: Code, parametres: Connus) -> Response:
    """Un axe, ses objectifs et ses fiches."""
    plan = await find_plan(session, parametres)
    body = await queries.read_axe(session, plan=plan, code=code, au=parametres.known_at)
    return ready(request, found(body, AxeInconnu))


@router.get("/fiches", response_model=ListeOut[schemas.FicheResume], summary="Les fiches-actions")
async def list_fiches(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresFiches, Query()]
) -> Response:
    """Les fiches dans l'ordre de leur numéro."""
    plan = await find_plan(session, filtres)
    await service.check_codes(session, filtres, plan)
    curseur = Curseur("fiches", filtres)
    after = curseur.decode(filtres.curseur, [int])
    tranche = await queries.list_fiches(
        session, _asked(filtres), context=_context(plan, filtres), after=after, limite=filtres.limite
    )
    return ready(request, page_bytes(tranche, curseur))


@router.get("/fiches/{numero}", response_model=schemas.FicheOut, summary="Une fiche-action")
async def read_fiche(
    request: Request, acces: Lecture, session: Session, numero: Numero, parametres: Connus
) -> Response:
    """Tout ce que dit la fiche, et où elle en est."""
    plan = await find_plan(session, parametres)
    body = await queries.read_fiche(session, plan=plan, numero=numero, au=parametres.known_at, jour=clock.today())
    return ready(request, found(body, FicheInconnue))


@router.patch("/fiches/{numero}", response_model=schemas.FicheOut, summary="Dire où en est une fiche")
async def change_fiche(
    acces: Ecriture,
    numero: Numero,
    corps: Patch,
    session: Session,  # after the body, so that a slow one holds no connection
    parametres: Annotated[ParametresPlan, Query()],
    if_match: IfMatch = None,
) -> Response:
    """Change le statut, les dates ou la note ; le texte officiel reste tel quel."""
    context = _context(await find_plan(session, parametres), ParametresConnus())
    body = await service.change_suivi(
        session,
        read=lambda: queries.read_fiche(session, numero=numero, **context),
        absent=FicheInconnue,
        target=(context["plan"], numero, str(numero)),
        patch=corps,
        if_match=if_match,
        auteur=acces.sujet,
    )
    return written(body)


@router.get(
    "/fiches/{numero}/historique", response_model=ListeOut[schemas.ChangementOut], summary="L'histoire d'une fiche"
)
async def list_historique(
    request: Request, acces: Lecture, session: Session, numero: Numero, filtres: Annotated[schemas.FiltresPlan, Query()]
) -> Response:
    """Qui a changé quoi, quand, avant et après ; du plus ancien au plus récent."""
    plan = await find_plan(session, filtres)
    await service.check_ever_known(session, plan=plan, fiche=numero)
    curseur = Curseur(f"historique {numero}", filtres)
    after = curseur.decode(filtres.curseur, [int])
    avec_auteur = acces is not None and "catalogue:ecrire" in acces.portees
    tranche = await queries.list_changements(
        session, plan=plan, fiche=numero, avec_auteur=avec_auteur, after=after, limite=filtres.limite
    )
    return ready(request, page_bytes(tranche, curseur), public=not avec_auteur)


@router.get("/actions", response_model=ListeOut[schemas.ActionOut], summary="Les actions")
async def list_actions(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresActions, Query()]
) -> Response:
    """Les actions de toutes les fiches, par fiche et par rang."""
    plan = await find_plan(session, filtres)
    await service.check_codes(session, filtres, plan)
    curseur = Curseur("actions", filtres)
    after = curseur.decode(filtres.curseur, [int, int])
    tranche = await queries.list_actions(
        session, _asked(filtres), context=_context(plan, filtres), after=after, limite=filtres.limite
    )
    return ready(request, page_bytes(tranche, curseur))


@router.get("/actions/{code}", response_model=schemas.ActionOut, summary="Une action")
async def read_action(request: Request, acces: Lecture, session: Session, code: Code, parametres: Connus) -> Response:
    """Une action, ses échéances et qui la conduit."""
    context = _context(await find_plan(session, parametres), parametres)
    body = await queries.read_action(session, code=code, **context)
    return ready(request, found(body, ActionInconnue))


@router.patch("/actions/{code}", response_model=schemas.ActionOut, summary="Dire où en est une action")
async def change_action(
    acces: Ecriture,
    code: Code,
    corps: Patch,
    session: Session,  # after the body, so that a slow one holds no connection
    parametres: Annotated[ParametresPlan, Query()],
    if_match: IfMatch = None,
) -> Response:
    """Change le statut, les dates ou la note ; le texte officiel reste tel quel."""
    context = _context(await find_plan(session, parametres), ParametresConnus())
    fiche = code.split(".")[0]
    body = await service.change_suivi(
        session,
        read=lambda: queries.read_action(session, code=code, **context),
        absent=ActionInconnue,
        target=(context["plan"], int(fiche) if fiche.isascii() and fiche.isdigit() else 0, code),
        patch=corps,
        if_match=if_match,
        auteur=acces.sujet,
    )
    return written(body)


@router.get("/organismes", response_model=ListeOut[schemas.OrganismeOut], summary="Les organismes")
async def list_organismes(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresOrganismes, Query()]
) -> Response:
    """L'annuaire : directions, institutions, partenaires, et où chacun pilote ou contribue."""
    plan = await find_plan(session, filtres)
    curseur = Curseur("organismes", filtres)
    after = curseur.decode(filtres.curseur, [str])
    tranche = await queries.list_organismes(
        session,
        _asked(filtres),
        context={"plan": plan, "au": filtres.known_at},
        after=after,
        limite=filtres.limite,
    )
    return ready(request, page_bytes(tranche, curseur))


@router.get("/organismes/{code}", response_model=schemas.OrganismeOut, summary="Un organisme")
async def read_organisme(
    request: Request, acces: Lecture, session: Session, code: Code, parametres: Connus
) -> Response:
    """Un organisme, et où il pilote ou contribue."""
    plan = await find_plan(session, parametres)
    body = await queries.read_organisme(session, plan=plan, code=code, au=parametres.known_at)
    return ready(request, found(body, OrganismeInconnu))


@router.get("/lexique", response_model=ListeOut[schemas.LexiqueOut], summary="Le lexique")
async def list_lexique(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresConnus, Query()]
) -> Response:
    """Les abréviations du plan, dans l'ordre de leur code."""
    plan = await find_plan(session, filtres)
    curseur = Curseur("lexique", filtres)
    after = curseur.decode(filtres.curseur, [str])
    tranche = await queries.list_lexique(session, plan=plan, au=filtres.known_at, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur))


@router.get("/lexique/{code}", response_model=schemas.LexiqueOut, summary="Une abréviation")
async def read_lexique(request: Request, acces: Lecture, session: Session, code: Code, parametres: Connus) -> Response:
    """Une abréviation et ce qu'elle développe."""
    plan = await find_plan(session, parametres)
    body = await queries.read_lexique(session, plan=plan, code=code, au=parametres.known_at)
    return ready(request, found(body, AbreviationInconnue))


@router.get("/territoires", response_model=ListeOut[schemas.TerritoireOut], summary="Les territoires")
async def list_territoires(
    request: Request, acces: Lecture, filtres: Annotated[schemas.FiltresTerritoires, Query()]
) -> Response:
    """L'arbre des territoires à une date : Métropole, CTM, communes, arrondissements."""
    arbre: Arbre = request.app.state.arbre
    service.check_territoires(arbre, filtres.parent)
    curseur = Curseur("territoires", filtres)
    tranche = slice_page(service.list_territoires(arbre, filtres), "code", filtres, curseur)
    return ready(request, page_bytes(tranche, curseur))


@router.get("/territoires/{code}", response_model=schemas.TerritoireOut, summary="Un territoire")
async def read_territoire(
    request: Request, acces: Lecture, code: Code, parametres: Annotated[schemas.FiltreDate, Query()]
) -> Response:
    """Un territoire à une date ; le code d'une commune disparue donne celle qui lui succède."""
    arbre: Arbre = request.app.state.arbre
    body = service.find_territoire(arbre, code, parametres.date or clock.today())
    return ready(request, found(body, TerritoireInconnu))


@router.get("/recherche", response_model=ListeOut[schemas.ResultatOut], summary="La recherche")
async def search(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresRecherche, Query()]
) -> Response:
    """Plein texte français sur les fiches, actions, indicateurs et le lexique ; le meilleur d'abord."""
    plan = await find_plan(session, filtres)
    curseur = Curseur("recherche", filtres)
    after = curseur.decode(filtres.curseur, [int, int])
    tranche = await service.search(session, plan=plan, filtres=filtres, after=after)
    return ready(request, page_bytes(tranche, curseur))
