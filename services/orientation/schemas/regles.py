"""Rule sets on the wire."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.orientation.schemas.cas_regles import Cas, RapportCasOut
from services.orientation.vocabulary_regles import PopulationSimulee, StatutRegles
from shared.query import Jour, Page
from shared.wire import Sortie

READ_ONLY = "Lu, sans effet à l'écriture."
NomVersion = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,27}-[0-9A-Za-z][0-9A-Za-z.-]{0,29}$")]
Parties = Annotated[list[dict[str, Any]], Field(max_length=200)]


class FiltresRegles(Page):
    """Les jeux de règles."""

    date: Jour | None = Field(None, description="Celui en vigueur ce jour-là.", examples=["2026-03-02"])


class JeuIn(BaseModel):
    """Un brouillon, dans la forme où un jeu se lit ; `depuis` prend d'un autre ce qui n'est pas donné."""

    model_config = ConfigDict(extra="forbid")

    version: NomVersion | None = Field(None, description="Libre d'abord, fixe ensuite.", examples=["rio-2027.1"])
    depuis: str | None = Field(None, max_length=60, description="Version d'un jeu à copier.", examples=["rio-2022.1"])
    libelle: str | None = None
    auteur: str | None = Field(None, description="Au nom de qui le jeu est publié.")
    valide_du: Jour | None = Field(None, description="Copié : demain, si rien n'est dit.", examples=["2027-01-01"])
    valide_au: Jour | None = None
    parametres: Parties | None = None
    regles: Parties | None = None
    signalements: Parties | None = None
    empreinte: Any = Field(None, description=READ_ONLY)
    statut: Any = Field(None, description=READ_ONLY)
    publie_le: Any = Field(None, description=READ_ONLY)
    vie: Any = Field(None, description=READ_ONLY)


class JeuResume(Sortie):
    """Un jeu de règles et les jours où il vaut, bornes comprises."""

    version: str = Field(examples=["rio-2022.1"])
    libelle: str
    auteur: str
    valide_du: date | None
    valide_au: date | None = Field(description="La veille du jeu suivant, s'il y en a un.")
    empreinte: str = Field(description="SHA-256 du jeu : deux jeux égaux ont la même.")
    statut: StatutRegles
    publie_le: str | None = Field(description="Null pour un brouillon, et pour un jeu livré avec le produit.")


class SimulationFaite(Sortie):
    """La dernière simulation d'un brouillon."""

    empreinte: str = Field(description="Le contenu qui fut simulé.")
    faite_le: str
    population: PopulationSimulee
    total: int
    changes: int


class VieOut(Sortie):
    """Ce qu'un jeu a vécu ; seulement pour qui écrit les règles."""

    auteurs: list[str] = Field(description="Qui a écrit dans ce jeu : aucun d'eux ne peut l'approuver.")
    cree_le: str
    modifie_le: str
    publie_par: str | None
    cas: list[Cas]
    rapport: RapportCasOut | None
    simulation: SimulationFaite | None


class JeuOut(JeuResume):
    """Un jeu de règles entier : ses paramètres datés, ses règles et ses signalements, avec ce qui les fonde."""

    parametres: list[dict[str, Any]]
    regles: list[dict[str, Any]]
    signalements: list[dict[str, Any]]
    vie: VieOut | None = Field(None, description="Null pour le public, et pour un jeu livré avec le produit.")


class PublicationIn(BaseModel):
    """L'accord de la seconde personne."""

    model_config = ConfigDict(extra="forbid")

    empreinte: str | None = Field(None, max_length=64, description="Celle du contenu relu : refusé s'il a changé.")
