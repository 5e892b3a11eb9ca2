"""HTTP of rule sets: public, with what they rest on."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.orientation.access import Lecture
from services.orientation.errors import ReglesInconnues
from services.orientation.rules import Jeu
from services.orientation.schemas import regles as schemas
from shared.pagination import Curseur, page_bytes, slice_page
from shared.query import Parametres
from shared.responses import ready
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Version = Annotated[str, Path(max_length=60, description="Version du jeu.", examples=["rio-2022.1"])]


@router.get("/regles", response_model=ListeOut[schemas.JeuResume], summary="Les jeux de règles")
async def list_regles(request: Request, acces: Lecture, filtres: Annotated[schemas.FiltresRegles, Query()]) -> Response:
    """Les jeux de règles de l'orientation, dans l'ordre de leurs jours."""
    curseur = Curseur("regles", filtres)
    jeux = [jeu for jeu in request.app.state.regles.jeux if filtres.date is None or jeu.source.covers(filtres.date)]
    return ready(request, page_bytes(slice_page([_summary(jeu) for jeu in jeux], "version", filtres, curseur), curseur))


@router.get("/regles/{version}", response_model=schemas.JeuOut, summary="Un jeu de règles")
async def read_regles(
    request: Request, acces: Lecture, version: Version, parametres: Annotated[Parametres, Query()]
) -> Response:
    """Les paramètres datés, les règles et les signalements d'un jeu, avec ce qui les fonde : plan, loi ou choix."""
    jeu = request.app.state.regles.find(version)
    if jeu is None:
        raise ReglesInconnues
    parts = jeu.source.model_dump(mode="json", include={"parametres", "regles", "signalements"}, exclude_none=True)
    return ready(request, schemas.JeuOut(**_summary(jeu).model_dump(), **parts).model_dump_json().encode())


def _summary(jeu: Jeu) -> schemas.JeuResume:
    source = jeu.source
    return schemas.JeuResume(
        version=jeu.version,
        libelle=source.libelle,
        auteur=source.auteur,
        valide_du=source.valide_du,
        valide_au=source.valide_au,
        empreinte=jeu.empreinte,
    )
