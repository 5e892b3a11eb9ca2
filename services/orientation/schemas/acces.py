"""What a person may ask of what is held: all of it, who looked at it, its erasure."""

from typing import Any

from pydantic import AwareDatetime, Field

from services.orientation.schemas.evenements import EvenementOut
from services.orientation.schemas.orientations import OrientationOut
from services.orientation.schemas.reorientations import ReorientationOut
from services.orientation.vocabulary_dossiers import OperationAcces
from services.orientation.vocabulary_rencontres import StatutAttente, StatutInscription
from shared.wire import Sortie


class AccesOut(Sortie):
    """Un accès à un dossier."""

    le: AwareDatetime
    acteur: str
    operation: OperationAcces
    motif: str | None = Field(description="L'en-tête `X-Motif` de la demande ; effacé avec l'identité.")
    segment: int | None = Field(description="Le segment scellé qui le contient ; null avant le prochain scellement.")


class IdentifiantDetenu(Sortie):
    """Un identifiant dont on ne détient qu'un haché à clé."""

    nature: str = Field(examples=["matricule"])
    cle: str = Field(description="Laquelle des clés de hachage a servi.")


class FaitDetenu(Sortie):
    """Ce qu'une source a dit."""

    code: str
    valeur: Any
    source: str
    flux: str
    confirme: bool
    extrait_le: AwareDatetime
    recu_le: AwareDatetime
    recu: str = Field(description="Le fichier du partenaire, ou l'agent qui a saisi.")


class DossierDetenu(Sortie):
    """Le dossier lui-même."""

    id: str
    commune: str | None
    ctm: str | None
    cree_le: AwareDatetime
    modifie_le: AwareDatetime
    efface_le: AwareDatetime | None


class InscriptionDetenue(Sortie):
    """Une place à une rencontre."""

    rencontre: str
    debut: AwareDatetime
    fin: AwareDatetime
    statut: StatutInscription
    issue: str | None
    motif_annulation: str | None
    inscrite_le: AwareDatetime
    annulee_le: AwareDatetime | None


class AttenteDetenue(Sortie):
    """Un rang dans la liste d'attente d'une rencontre."""

    rencontre: str
    statut: StatutAttente
    arrivee_le: AwareDatetime
    sortie_le: AwareDatetime | None


class DonneesOut(Sortie):
    """Tout ce qui est détenu d'une personne (RGPD, article 15) ; qui l'a vu est à `/acces`."""

    information: dict[str, str] = Field(description="Finalité, fondement, destinataires, durées, droits.")
    dossier: DossierDetenu
    identifiants: list[IdentifiantDetenu]
    faits: list[FaitDetenu]
    evenements: list[EvenementOut]
    orientations: list[OrientationOut]
    reorientations: list[ReorientationOut]
    inscriptions: list[InscriptionDetenue]
    attentes: list[AttenteDetenue]
    reponses_conservees: int = Field(description="Réponses gardées un jour pour qui répète une demande.")


class EffacementOut(Sortie):
    """Une identité effacée."""

    id: str
    efface_le: AwareDatetime
    efface: dict[str, int] = Field(description="Ce qui a été supprimé ou vidé, par nature ; zéro la seconde fois.")
