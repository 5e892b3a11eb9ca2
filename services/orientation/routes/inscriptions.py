"""HTTP of seats and queues of meetings."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import Ecrire, Lire
from services.orientation.models import Idempotence
from services.orientation.queries import inscriptions as queries
from services.orientation.schemas import inscriptions as schemas
from services.orientation.service import attentes as queue
from services.orientation.service import inscriptions as service
from services.orientation.service.acces import log_page
from services.orientation.vocabulary_rencontres import StatutAttente
from shared.database import get_session
from shared.idempotency import Cle, Demande, keyed_body, once, read_key
from shared.pagination import Curseur, page_bytes
from shared.query import Parametres
from shared.responses import ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Identifiant = Annotated[str, Path(alias="id", max_length=60, description="Identifiant de la rencontre.")]
CodeInscription = Annotated[str, Path(alias="inscription", max_length=60, description="Identifiant de l'inscription.")]
CodeAttente = Annotated[str, Path(alias="attente", max_length=60, description="Identifiant de la place d'attente.")]
Personne = Annotated[Demande[schemas.PersonneIn], Depends(keyed_body(schemas.PersonneIn))]
Annulation = Annotated[Demande[schemas.AnnulationInscriptionIn], Depends(keyed_body(schemas.AnnulationInscriptionIn))]
Rien = Annotated[Parametres, Query()]
SEATS, QUEUE = "/rencontres/{id}/inscriptions", "/rencontres/{id}/liste-attente"


@router.get(SEATS, response_model=ListeOut[schemas.InscriptionOut], summary="Les inscrits d'une rencontre")
async def list_inscriptions(
    request: Request,
    acces: Lire,
    session: Session,
    rencontre: Identifiant,
    filtres: Annotated[schemas.FiltresInscriptions, Query()],
) -> Response:
    """Les places, par ordre d'arrivée, des personnes de son territoire."""
    curseur = Curseur(f"inscriptions {rencontre}", filtres)
    after = curseur.decode(filtres.curseur, [int])
    await service.check_seen(session, rencontre, acces)
    statuts = [each.value for each in filtres.statut]
    tranche = await queries.list_inscriptions(
        session, rencontre, acces, statuts=statuts, after=after, limite=filtres.limite
    )
    await log_page(session, acces, tranche.elements)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.post(SEATS, response_model=schemas.InscriptionOut, status_code=201, summary="Inscrire une personne")
async def add_inscription(
    request: Request, acces: Ecrire, rencontre: Identifiant, demande: Personne, session: Session, rien: Rien
) -> Response:
    """Donne une place et convoque ; 409 `COMPLET` quand il n'en reste pas, sans mettre en attente."""

    async def work() -> Response:
        _, body = await service.add_inscription(session, rencontre, demande.corps.dossier, acces)
        return written(body, status=201)

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.post(f"{SEATS}/{{inscription}}/annulation", response_model=schemas.PlaceRendueOut, summary="Rendre une place")
async def cancel_inscription(
    request: Request,
    acces: Ecrire,
    rencontre: Identifiant,
    inscription: CodeInscription,
    demande: Annulation,
    session: Session,
    rien: Rien,
) -> Response:
    """La première personne en attente que rien ne retient ailleurs prend la place et sa convocation."""

    async def work() -> Response:
        motif = demande.corps.motif
        return written(await service.cancel_inscription(session, rencontre, inscription, motif, acces))

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.get(QUEUE, response_model=ListeOut[schemas.AttenteOut], summary="La liste d'attente d'une rencontre")
async def list_attente(
    request: Request,
    acces: Lire,
    session: Session,
    rencontre: Identifiant,
    filtres: Annotated[schemas.FiltresAttente, Query()],
) -> Response:
    """Par ordre d'arrivée, les personnes de son territoire ; `position` compte tout le monde."""
    curseur = Curseur(f"attente {rencontre}", filtres)
    after = curseur.decode(filtres.curseur, [int])
    await service.check_seen(session, rencontre, acces)
    statuts = [each.value for each in filtres.statut or [StatutAttente.EN_ATTENTE]]
    tranche = await queries.list_attentes(
        session, rencontre, acces, statuts=statuts, after=after, limite=filtres.limite
    )
    await log_page(session, acces, tranche.elements)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.post(QUEUE, response_model=schemas.AttenteOut, status_code=201, summary="Mettre en liste d'attente")
async def add_attente(
    request: Request, acces: Ecrire, rencontre: Identifiant, demande: Personne, session: Session, rien: Rien
) -> Response:
    """À la fin de la liste ; refusé tant qu'il reste une place."""

    async def work() -> Response:
        _, body = await queue.add_attente(session, rencontre, demande.corps.dossier, acces)
        return written(body, status=201)

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.post(f"{QUEUE}/{{attente}}/retrait", response_model=schemas.AttenteOut, summary="Quitter la liste d'attente")
async def withdraw_attente(
    request: Request,
    acces: Ecrire,
    rencontre: Identifiant,
    attente: CodeAttente,
    session: Session,
    rien: Rien,
    idempotency_key: Cle = None,
) -> Response:
    """La personne n'attend plus ; les suivantes avancent."""

    async def work() -> Response:
        return written(await queue.withdraw_attente(session, rencontre, attente, acces))

    return await once(session, Idempotence, request=request, identite=acces, key=read_key(request), body=b"", work=work)
