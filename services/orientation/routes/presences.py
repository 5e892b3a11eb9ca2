"""HTTP of attendance, of who is to be convened again, and of the calendar of a meeting."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import Ecrire, Lire
from services.orientation.errors_rencontres import RencontreInconnue
from services.orientation.models import Idempotence
from services.orientation.queries import inscriptions as queries
from services.orientation.queries.rencontres import find_rencontre
from services.orientation.routes.en_vigueur import ReglesEnVigueur
from services.orientation.schemas import inscriptions as schemas
from services.orientation.service import presences as service
from services.orientation.service.acces import log_page
from services.orientation.service.calendriers import write_calendar
from services.orientation.service.inscriptions import check_seen
from services.orientation.service.reconvocations import list_reconvocations
from services.orientation.vocabulary_rencontres import StatutInscription
from shared import clock
from shared.database import get_session
from shared.idempotency import Demande, keyed_body, once
from shared.pagination import Curseur, page_bytes
from shared.query import Page, Parametres
from shared.responses import ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Identifiant = Annotated[str, Path(alias="id", max_length=60, description="Identifiant de la rencontre.")]
Presence = Annotated[Demande[schemas.PresenceIn], Depends(keyed_body(schemas.PresenceIn))]
PRESENCES = "/rencontres/{id}/presences"
ICALENDAR = "text/calendar"


class Calendrier(Response):
    """An iCalendar file."""

    media_type = ICALENDAR


CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {ICALENDAR: {"schema": {"type": "string"}}}, "description": "Un fichier iCalendar (RFC 5545)."}
}


@router.get(
    "/rencontres/a-reconvoquer",
    response_model=ListeOut[schemas.ReconvocationOut],
    summary="Les personnes à reconvoquer",
)
async def list_a_reconvoquer(
    request: Request,
    acces: Lire,
    session: Session,
    regles: ReglesEnVigueur,
    filtres: Annotated[schemas.FiltresReconvocations, Query()],
) -> Response:
    """Absentes, excusées ou décommandées par le service, sans autre rencontre à venir ; la plus pressée d'abord."""
    curseur = Curseur("a-reconvoquer", filtres)
    after = curseur.decode(filtres.curseur, [int, str])
    jeu = regles.at(clock.today())
    tranche = await list_reconvocations(
        session, jeu, acces, en_retard=filtres.en_retard, after=after, limite=filtres.limite
    )
    await log_page(session, acces, tranche.elements)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.get(
    "/rencontres/{id}.ics", response_class=Calendrier, responses=CALENDAR, summary="Une rencontre, pour un agenda"
)
async def read_calendrier(
    request: Request, acces: Lire, session: Session, rencontre: Identifiant, rien: Annotated[Parametres, Query()]
) -> Response:
    """L'heure et le lieu, sans rien qui dise qui vient ni qui anime ; une rencontre annulée y est `CANCELLED`."""
    row = await find_rencontre(session, rencontre, acces)
    if row is None:
        raise RencontreInconnue
    body = write_calendar(dict(row), request.app.state.arbre)
    return ready(request, body, media_type=f"{ICALENDAR}; charset=utf-8", public=False)


@router.get(PRESENCES, response_model=ListeOut[schemas.InscriptionOut], summary="La feuille de présence")
async def list_presences(
    request: Request, acces: Lire, session: Session, rencontre: Identifiant, page: Annotated[Page, Query()]
) -> Response:
    """Les places prises, par ordre d'arrivée ; `issue` dit ce qui est noté."""
    curseur = Curseur(f"presences {rencontre}", page)
    after = curseur.decode(page.curseur, [int])
    await check_seen(session, rencontre, acces)
    taken = [StatutInscription.INSCRITE.value]
    tranche = await queries.list_inscriptions(session, rencontre, acces, statuts=taken, after=after, limite=page.limite)
    await log_page(session, acces, tranche.elements)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.post(PRESENCES, response_model=schemas.InscriptionOut, summary="Noter une présence ou une absence")
async def note_presence(
    request: Request,
    acces: Ecrire,
    rencontre: Identifiant,
    demande: Presence,
    session: Session,
    rien: Annotated[Parametres, Query()],
) -> Response:
    """Dès le jour de la rencontre ; une correction ne va qu'en faveur de la personne."""

    async def work() -> Response:
        return written(await service.note_presence(session, rencontre, demande.corps, acces))

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )
