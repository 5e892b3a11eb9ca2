"""HTTP of rule sets: public once published, with what they rest on; written as drafts by those who answer for them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import REGLES, Lecture, Regles
from services.orientation.errors import ReglesInconnues
from services.orientation.models import Idempotence
from services.orientation.queries import regles as queries
from services.orientation.routes.en_vigueur import Vigueur
from services.orientation.schemas import cas_regles as cas_schemas
from services.orientation.schemas import regles as schemas
from services.orientation.service import presentation_regles as presentation
from services.orientation.service import regles as service
from services.orientation.service.cas_regles import run_cases
from services.orientation.service.publication_regles import publish
from shared.body import MAX_BYTES, check_media_type, json_body, parse_json, read_bytes, validate
from shared.database import get_session, transaction
from shared.idempotency import Cle, Demande, keyed_body, once, read_key
from shared.openapi import PROBLEM_REF
from shared.pagination import Curseur, page_bytes, slice_page
from shared.query import Parametres
from shared.responses import ready, written
from shared.tokens import Identite
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Version = Annotated[str, Path(max_length=60, description="Version du jeu.", examples=["rio-2022.1"])]
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
IfMatch = Annotated[str | None, Header(description="L'ETag lu ; refusé si le brouillon a changé.")]
ONE = "/regles/{version}"
REFUSED: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "Le jeu est publié, ou l'état s'y oppose.",
        "content": {"application/problem+json": {"schema": PROBLEM_REF}},
    }
}
CaseBody = Callable[..., Awaitable[Demande[Any]]]


def optional_body(model: type[Any]) -> CaseBody:
    """Return the dependency of a ``POST`` that writes and whose body may be left out."""

    async def read_optional(request: Request, idempotency_key: Cle = None) -> Demande[Any]:
        body = await read_bytes(request, MAX_BYTES)
        if body or "content-type" in request.headers:
            check_media_type(request, ("application/json",))
        key = read_key(request)
        return Demande(key, body, validate(model, parse_json(body) if body else {}))

    read_optional.body_model = model  # type: ignore[attr-defined]
    read_optional.media_types = ("application/json",)  # type: ignore[attr-defined]
    return read_optional


def writes(acces: Identite | None) -> bool:
    """Tell whether the caller sees drafts."""
    return acces is not None and REGLES in acces.portees


@router.get("/regles", response_model=ListeOut[schemas.JeuResume], summary="Les jeux de règles")
async def list_regles(
    request: Request, acces: Lecture, vigueur: Vigueur, filtres: Annotated[schemas.FiltresRegles, Query()]
) -> Response:
    """Les jeux de règles publiés, dans l'ordre de leurs jours ; puis les brouillons, pour qui en écrit."""
    curseur = Curseur("regles", filtres)
    regles = vigueur.regles
    jeux = [jeu for jeu in regles.jeux if filtres.date is None or jeu is regles.at(filtres.date)]
    shown = [presentation.summarize(jeu, regles, vigueur.publie_le.get(jeu.version)) for jeu in jeux]
    if writes(acces) and filtres.date is None:
        async with transaction(request.app.state.engine) as session:
            drafts = [jeu for jeu in await queries.list_jeux(session) if jeu.publie_le is None]
        shown += [presentation.summarize_written(jeu) for jeu in drafts]
    return ready(request, page_bytes(slice_page(shown, "version", filtres, curseur), curseur), public=not writes(acces))


@router.get(ONE, response_model=schemas.JeuOut, summary="Un jeu de règles")
async def read_jeu(
    request: Request,
    acces: Lecture,
    vigueur: Vigueur,
    version: Version,
    parametres: Annotated[Parametres, Query()],
) -> Response:
    """Les paramètres datés, les règles et les signalements d'un jeu, avec ce qui les fonde : plan, loi ou choix."""
    if writes(acces):
        async with transaction(request.app.state.engine) as session:
            own = await queries.find_jeu(session, version)
        if own is not None:
            return ready(request, presentation.show_written(own, vigueur.regles), public=False)
    jeu = vigueur.regles.find(version)
    if jeu is None:
        raise ReglesInconnues
    body = presentation.show_in_force(jeu, vigueur.regles, vigueur.publie_le.get(version))
    return ready(request, body, public=not writes(acces))


@router.post(
    "/regles", response_model=schemas.JeuOut, status_code=201, summary="Écrire un brouillon", responses=REFUSED
)
async def add_regles(
    request: Request,
    acces: Regles,
    demande: Annotated[Demande[schemas.JeuIn], Depends(keyed_body(schemas.JeuIn))],
    vigueur: Vigueur,
    session: Session,
) -> Response:
    """Un jeu entier, ou `depuis` un autre ; toutes ses fautes sont nommées, et son auteur est gardé."""

    async def work() -> Response:
        draft = await service.add_draft(session, vigueur, demande.corps, acces)
        answer = written(presentation.show_written(draft, vigueur.regles), status=201)
        answer.headers["Location"] = f"/v1/regles/{draft.version}"
        return answer

    return await _once(request, session, acces, demande, work)


@router.put(ONE, response_model=schemas.JeuOut, summary="Corriger un brouillon", responses=REFUSED)
async def put_regles(
    request: Request,
    acces: Regles,
    version: Version,
    corps: Annotated[schemas.JeuIn, Depends(json_body(schemas.JeuIn))],
    vigueur: Vigueur,
    session: Session,
    if_match: IfMatch = None,
) -> Response:
    """Remplace le contenu du brouillon : ses cas sont à rejouer, et ses effets à simuler de nouveau."""
    draft = await service.edit_draft(session, vigueur, version, corps, if_match=if_match, identite=acces)
    return written(presentation.show_written(draft, vigueur.regles))


@router.post(f"{ONE}/cas", response_model=cas_schemas.RapportCasOut, summary="Jouer les cas d'un brouillon")
async def play_cas(
    request: Request,
    acces: Regles,
    version: Version,
    demande: Annotated[Demande[cas_schemas.CasIn], Depends(optional_body(cas_schemas.CasIn))],
    vigueur: Vigueur,
    session: Session,
) -> Response:
    """Les cas du produit et ceux du brouillon ; le rapport est gardé avec le contenu sur lequel ils furent joués."""

    async def work() -> Response:
        rapport = await run_cases(session, vigueur, version, demande.corps)
        return written(rapport.model_dump_json().encode())

    return await _once(request, session, acces, demande, work)


@router.post(f"{ONE}/publication", response_model=schemas.JeuOut, summary="Publier un brouillon", responses=REFUSED)
async def publish_regles(
    request: Request,
    acces: Regles,
    version: Version,
    demande: Annotated[Demande[schemas.PublicationIn], Depends(optional_body(schemas.PublicationIn))],
    vigueur: Vigueur,
    session: Session,
) -> Response:
    """Par une autre personne que ses auteurs, cas verts, effets simulés, jours ajustés ; ensuite il ne change plus."""

    async def work() -> Response:
        jeu = await publish(session, vigueur, version, demande.corps, acces)
        return written(presentation.show_written(jeu, vigueur.regles))

    return await _once(request, session, acces, demande, work)


async def _once(
    request: Request,
    session: AsyncSession,
    acces: Identite,
    demande: Demande[Any],
    work: Callable[[], Awaitable[Response]],
) -> Response:
    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )
