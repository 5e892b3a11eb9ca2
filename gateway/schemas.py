"""What the door itself sends."""

from shared.wire import Sortie


class Terme(Sortie):
    """Une valeur d'une liste fermée."""

    valeur: str
    libelle: str
    description: str


class Vocabulaire(Sortie):
    """Une liste fermée."""

    code: str
    libelle: str
    valeurs: list[Terme]


class CodeErreur(Sortie):
    """Un code de refus (avec son statut HTTP) ou de faute (sans)."""

    code: str
    statut: int | None
    libelle: str
    libelle_en: str


class Vivant(Sortie):
    """Le processus répond."""

    etat: str


class Pret(Sortie):
    """Chaque service et son état."""

    etat: str
    services: dict[str, str]
