"""Rule sets on the wire."""

from datetime import date
from typing import Any

from pydantic import Field

from shared.query import Jour, Page
from shared.wire import Sortie


class FiltresRegles(Page):
    """Les jeux de règles."""

    date: Jour | None = Field(None, description="Celui en vigueur ce jour-là.", examples=["2026-03-02"])


class JeuResume(Sortie):
    """Un jeu de règles et les jours où il vaut, bornes comprises."""

    version: str = Field(examples=["rio-2022.1"])
    libelle: str
    auteur: str
    valide_du: date | None
    valide_au: date | None
    empreinte: str = Field(description="SHA-256 du jeu : deux jeux égaux ont la même.")


class JeuOut(JeuResume):
    """Un jeu de règles entier : ses paramètres datés, ses règles et ses signalements, avec ce qui les fonde."""

    parametres: list[dict[str, Any]]
    regles: list[dict[str, Any]]
    signalements: list[dict[str, Any]]
