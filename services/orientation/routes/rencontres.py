"""HTTP of meetings."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import Ecrire, Lire
from services.orientation.errors_rencontres import RencontreInconnue
from services.orientation.models import Idempotence
from services.orientation.queries import rencontres as queries
from services.orientation.schemas import rencontres as schemas
from services.orientation.service import rencontres as service
from services.orientation.service import rencontres_changes as changes
from shared.body import MERGE_PATCH, json_body
from shared.database import get_session
from shared.idempotency import Demande, keyed_body, once
from shared.openapi import PROBLEM_REF
from shared.pagination import Curseur, page_bytes
from shared.query import Parametres
from shared.responses import found, ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Identifiant = Annotated[str, Path(alias="id", max_length=60, description="Identifiant de la rencontre.")]
Filtres = Annotated[schemas.FiltresRencontres, Query()]
Rien = Annotated[Parametres, Query()]
IfMatch = Annotated[str | None, Header(description="L'ETag lu ; la modification est refusée s'il a changé.")]
Patch = Annotated[schemas.RencontrePatch, Depends(json_body(schemas.RencontrePatch, MERGE_PATCH))]
Nouvelle = Annotated[Demande[schemas.RencontreIn], Depends(keyed_body(schemas.RencontreIn))]
Serie = Annotated[Demande[schemas.SerieIn], Depends(keyed_body(schemas.SerieIn))]
Annulation = Annotated[Demande[schemas.AnnulationRencontreIn], Depends(keyed_body(schemas.AnnulationRencontreIn))]
STATE: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "L'état présent s'y oppose.",
        "content": {"application/problem+json": {"schema": PROBLEM_REF}},
    }
}


@router.get("/rencontres", response_model=ListeOut[schemas.RencontreOut], summary="Le calendrier des rencontres")
async def list_rencontres(request: Request, acces: Lire, session: Session, filtres: Filtres) -> Response:
    """Les rencontres de son territoire, par heure de début ; rien n'y dit qui vient."""
    service.check_places(filtres, request.app.state.arbre)
    curseur = Curseur("rencontres", filtres)
    after = curseur.decode(filtres.curseur, [str, str])
    asked = {name: value for name in queries.FILTERS if (value := getattr(filtres, name)) not in (None, [])}
    tranche = await queries.list_rencontres(session, asked, acces, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.post("/rencontres", response_model=schemas.RencontreOut, status_code=201, summary="Prévoir une rencontre")
async def add_rencontre(request: Request, acces: Ecrire, demande: Nouvelle, session: Session, rien: Rien) -> Response:
    """Une rencontre collective ou des entretiens ; elle peut être saisie après coup, pendant un an."""

    async def work() -> Response:
        rencontre, body = await service.add_rencontre(session, demande.corps, request.app.state.arbre, acces)
        response = written(body, status=201)
        response.headers["Location"] = f"/v1/rencontres/{rencontre}"
        return response

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.post(
    "/rencontres/series", response_model=schemas.SerieOut, status_code=201, summary="Prévoir une série hebdomadaire"
)
async def add_serie(request: Request, acces: Ecrire, demande: Serie, session: Session, rien: Rien) -> Response:
    """Chaque semaine à la même heure de Paris, changements d'heure compris ; tout ou rien."""

    async def work() -> Response:
        serie, body = await service.add_serie(session, demande.corps, request.app.state.arbre, acces)
        response = written(body, status=201)
        response.headers["Location"] = f"/v1/rencontres?serie={serie}"
        return response

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.get("/rencontres/{id}", response_model=schemas.RencontreOut, summary="Une rencontre")
async def read_rencontre(
    request: Request, acces: Lire, session: Session, rencontre: Identifiant, rien: Rien
) -> Response:
    """Où, quand, pour combien de personnes, et ce qu'il reste de places ; son `ETag` est celui que demande `PATCH`."""
    body = found(await queries.read_rencontre(session, rencontre, acces), RencontreInconnue)
    return ready(request, body, public=False)


@router.patch("/rencontres/{id}", response_model=schemas.RencontreOut, summary="Changer une rencontre", responses=STATE)
async def change_rencontre(
    request: Request,
    acces: Ecrire,
    rencontre: Identifiant,
    corps: Patch,
    session: Session,  # after the body, so that a slow one holds no connection
    rien: Rien,
    if_match: IfMatch = None,
) -> Response:
    """Les places de plus vont à la liste d'attente ; l'heure ne change pas si un inscrit est alors pris ailleurs."""
    arbre = request.app.state.arbre
    body = await changes.change_rencontre(session, rencontre, corps, arbre=arbre, if_match=if_match, identite=acces)
    return written(body)


@router.post("/rencontres/{id}/annulation", response_model=schemas.RencontreOut, summary="Annuler une rencontre")
async def cancel_rencontre(
    request: Request, acces: Ecrire, rencontre: Identifiant, demande: Annulation, session: Session, rien: Rien
) -> Response:
    """Chaque inscrit est à reconvoquer, la liste d'attente est close ; refusé une fois une présence notée."""

    async def work() -> Response:
        return written(await changes.cancel_rencontre(session, rencontre, demande.corps.motif, acces))

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )
