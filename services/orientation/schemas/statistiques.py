"""The figures of the RIO on the wire."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.orientation.episodes import EtatParcours
from services.orientation.statistics import PerimetreBrsa
from shared.query import Jour, Parametres
from shared.wire import Sortie

MOST_PERSONS, MOST_EVENTS = 5_000, 1_000


class StatistiquesIn(BaseModel):
    """Des histoires à mesurer : rien n'en est gardé."""

    model_config = ConfigDict(extra="forbid")

    periode: Any = Field(
        None,
        description="Deux jours, bornes comprises ; seuls les événements jusqu'à sa fin sont lus.",
        examples=[{"debut": "2023-01-01", "fin": "2023-12-31"}],
    )
    perimetre_brsa: PerimetreBrsa = Field(
        PerimetreBrsa.SOUMIS, description="Bénéficiaires soumis aux droits et devoirs, ou tous."
    )
    personnes: list[Any] = Field(
        max_length=MOST_PERSONS,
        description="Au plus 5 000, chacune `{id, evenements[]}`.",
        examples=[[{"id": "P1", "evenements": [{"date": "2023-01-10", "type": "notification_sdd"}]}]],
    )


class EntreesRioOut(Sortie):
    """I1 : les personnes entrées en RIO, par leur présence et non par leur convocation."""

    personnes_rio: int
    personnes_rio_ou_entretien: int


class EntreesOut(Sortie):
    """I2 : les personnes entrées dans chaque parcours, à chaque étape."""

    matrice: dict[str, dict[str, int]] = Field(description="Parcours, puis étape ; aucune case nulle.")
    personnes: int = Field(description="Personnes distinctes : ce n'est pas la somme des cases.")


class DelaisOut(Sortie):
    """I3 : le délai d'entrée des bénéficiaires, en jours."""

    n: int
    mediane_jours: float | None
    moyenne_jours: float | None
    mediane_orientation_jours: float | None
    mediane_rdv_jours: float | None
    n_en_attente: int = Field(description="Épisodes ouverts sans entrée à la fin de la période.")


class ReorientationsOut(Sortie):
    """I4a : les décisions qui changent le parcours d'un bénéficiaire."""

    decisions: int
    personnes: int


class AbandonsOut(Sortie):
    """I4b : les abandons de personnes qui ne sont pas bénéficiaires."""

    personnes: int


class DirectesOut(Sortie):
    """I5 : la part des orientations directes parmi les premières orientations des bénéficiaires."""

    directes: int
    total: int
    taux: float | None = Field(description="null quand il n'y a aucune orientation.")


class IndicateursOut(Sortie):
    """Les cinq indicateurs de la fiche 11 ; null veut dire sans objet, jamais zéro."""

    I1: EntreesRioOut
    I2: EntreesOut
    I3: DelaisOut
    I4a: ReorientationsOut
    I4b: AbandonsOut
    I5: DirectesOut
    statut_inconnu: int


class StatistiquesOut(IndicateursOut):
    """Les cinq indicateurs des histoires données, et ce que devient chacune."""

    etats: dict[str, EtatParcours | None] = Field(description="L'état de chaque personne à la fin de la période.")
    anomalies: list[str] = Field(description="`personne:CODE`", examples=[["P1:DOUBLON"]])


class EntonnoirOut(Sortie):
    """De celles dont un épisode s'ouvre dans la période, les personnes qui avaient franchi chaque étape à sa fin.

    Qui vient de soi-même ou est orienté sans rencontre saute des étapes : l'une peut compter plus que la précédente.
    Le périmètre n'y change rien : tous comptent, bénéficiaires ou non.
    """

    signales: int = Field(description="Signalées, notifiées, ou venues d'elles-mêmes.")
    convoques: int = Field(description="Convoquées à une rencontre ou à un entretien.")
    presents: int = Field(description="Venues avant d'être orientées.")
    orientes: int = Field(description="Orientées dans un parcours.")
    entres: int = Field(description="Venues au premier rendez-vous de leur parcours.")


class StatistiquesRioOut(IndicateursOut):
    """Les cinq indicateurs de la fiche 11 sur tous les dossiers d'un territoire ; personne n'est nommé."""

    entonnoir: EntonnoirOut

    anomalies: dict[str, int] = Field(
        description="Code, puis nombre, jusqu'à la fin de la période.", examples=[{"DOUBLON": 2}]
    )


class FiltresRio(Parametres):
    """La période, où vivent les personnes aujourd'hui, et quels bénéficiaires sont comptés."""

    debut: Jour = Field(description="Premier jour de la période.", examples=["2025-01-01"])
    fin: Jour = Field(description="Dernier jour de la période ; rien de ce qui vient après n'est lu.")
    territoire: str | None = Field(
        None,
        max_length=40,
        description="Code d'un territoire ; par défaut la Métropole (69M), ou tout ce que couvre une clé restreinte.",
        examples=["69M", "VAL_DE_SAONE", "69266"],
    )
    perimetre: PerimetreBrsa = Field(
        PerimetreBrsa.SOUMIS, description="Bénéficiaires soumis aux droits et devoirs, ou tous."
    )
