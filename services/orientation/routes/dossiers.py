"""HTTP of dossiers: an identity comes in and is hashed, none comes out; every access is written down."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import Ecrire, Lire
from services.orientation.errors_dossiers import DossierExistant, DossierRessemblant
from services.orientation.models import Dossier, Idempotence
from services.orientation.queries import dossiers as queries
from services.orientation.queries.orientations import read_latest
from services.orientation.routes.replies import IdDossier, Motif, Session, keep, private_body, tell
from services.orientation.schemas import dossiers as schemas
from services.orientation.service import dossiers as service
from services.orientation.service.acces import log_acces, open_dossier, open_to_write, refuse_erased
from services.orientation.service.faits import add_facts, read_constat, read_current
from services.orientation.service.identifiants import hacheur_of
from services.orientation.vocabulary_dossiers import OperationAcces
from shared.idempotency import Demande, once
from shared.pagination import Curseur, Tranche, page_bytes
from shared.problems import problem_response
from shared.query import Parametres
from shared.responses import ready
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Neuf = Annotated[Demande[schemas.DossierIn], Depends(private_body(schemas.DossierIn))]
Constat = Annotated[Demande[schemas.ConstatIn], Depends(private_body(schemas.ConstatIn))]


def _bureau_of(request: Request) -> service.Bureau:
    state = request.app.state
    return service.Bureau(state.flux, hacheur_of(state.cle_identite), state.arbre)


@router.post("/dossiers", response_model=schemas.DossierOut, status_code=201, summary="Ouvrir un dossier")
async def create_dossier(request: Request, acces: Ecrire, demande: Neuf, session: Session, motif: Motif) -> Response:
    """L'identité est hachée à l'arrivée ; une personne connue est un 409, avec son `id` si l'appelant peut la voir."""
    bureau, corps = _bureau_of(request), demande.corps
    identite = corps.identite.model_dump(exclude_none=True)
    opening = service.read_opening(
        bureau, acces, identite, commune=corps.commune, faits=corps.faits, distincte=corps.personne_distincte
    )

    async def work() -> Response:
        made = await service.create_dossier(session, bureau, acces, opening)
        if isinstance(made, service.Connu) and made.code is not None:
            await log_acces(session, acces.sujet, [made.code], OperationAcces.RAPPROCHEMENT, motif)
        return _answer(request, made)

    async def read(code: str) -> str:
        return await _tell(session, await open_dossier(session, acces, code, OperationAcces.CREATION, motif))

    key, body = demande.cle, demande.octets
    kept = await once(session, Idempotence, request=request, identite=acces, key=key, body=body, work=work)
    return await tell(kept, read)


def _answer(request: Request, made: str | service.Connu) -> Response:
    if isinstance(made, str):
        return keep(made, f"/v1/dossiers/{made}")
    refus = DossierRessemblant() if made.ressemble else DossierExistant()
    return problem_response(refus, request.headers, request.state.request_id, id=made.code)


async def _tell(session: AsyncSession, dossier: Dossier) -> str:
    latest = await read_latest(session, dossier.id)
    shown: dict[str, Any] = await service.describe_dossier(session, dossier)
    return json.dumps({**shown, "derniere_orientation": latest and json.loads(latest)}, ensure_ascii=False)


@router.get("/dossiers", response_model=ListeOut[schemas.DossierResume], summary="Les dossiers")
async def list_dossiers(
    request: Request,
    acces: Lire,
    session: Session,
    filtres: Annotated[schemas.FiltresDossiers, Query()],
    motif: Motif,
) -> Response:
    """Les dossiers de son territoire, effacés exceptés ; filtrée par état, une page peut être courte, sans total."""
    curseur = Curseur("dossiers", filtres)
    after = (curseur.decode(filtres.curseur, [str]) or [None])[0]
    where = {"ctms": filtres.ctm, "communes": filtres.commune}
    page = await service.list_dossiers(session, acces, etats=filtres.etat, after=after, limite=filtres.limite, **where)
    total = None if filtres.etat else await queries.count_dossiers(session, acces, **where)
    shown = [each["id"] for each in page.elements]
    await log_acces(session, acces.sujet, shown, OperationAcces.LISTE, motif)
    elements = json.dumps(page.elements, ensure_ascii=False)
    return ready(request, page_bytes(Tranche(elements, page.last and [page.last], total), curseur), public=False)


@router.get("/dossiers/{id}", response_model=schemas.DossierOut, summary="Un dossier")
async def read_dossier(
    request: Request,
    acces: Lire,
    session: Session,
    code: IdDossier,
    parametres: Annotated[Parametres, Query()],
    motif: Motif,
) -> Response:
    """Épisodes, état et anomalies à ce jour, faits avec leurs sources, dernière orientation."""
    dossier = await open_dossier(session, acces, code, OperationAcces.LECTURE, motif)
    return ready(request, (await _tell(session, dossier)).encode(), public=False)


@router.post(
    "/dossiers/{id}/faits", response_model=schemas.FaitsDossier, status_code=201, summary="Dire ce qu'on constate"
)
async def add_dossier_facts(
    request: Request, acces: Ecrire, demande: Constat, session: Session, code: IdDossier, motif: Motif
) -> Response:
    """Les faits dits par un agent, sous la source `agent` ; ceux des partenaires restent, et le désaccord se voit."""
    corps, state = demande.corps, request.app.state
    constat = read_constat(state.flux, corps.faits, confirme=corps.confirme, constate_le=corps.constate_le)
    dossier = await open_to_write(session, acces, code, OperationAcces.AJOUT_FAITS, motif)

    async def work() -> Response:
        refuse_erased(dossier)
        await add_facts(session, dossier, constat, acces.sujet, state.arbre)
        return keep(code, f"/v1/dossiers/{code}")

    async def read(_: str) -> str:
        said = await read_current(session, code)
        return json.dumps({"faits": [service.show_fact(*each) for each in said.items()]}, ensure_ascii=False)

    key, body = demande.cle, demande.octets
    kept = await once(session, Idempotence, request=request, identite=acces, key=key, body=body, work=work)
    return await tell(kept, read)
