"""What the rules propose, and how they came to it."""

import json
from dataclasses import dataclass, field
from typing import Any

from shared.vocabulary import Terme


class Verdict(Terme):
    """Ce qu'il advint d'une règle"""

    APPLIQUEE = "APPLIQUEE", "Appliquée", "Elle est un motif de la proposition"
    CONCORDANTE = "CONCORDANTE", "Concordante", "Ses conditions sont remplies, une règle d'avant l'emporte"
    POSSIBLE = "POSSIBLE", "Possible", "Elle l'emporterait pour certaines valeurs des faits inconnus"
    NON_REMPLIE = "NON_REMPLIE", "Non remplie", "Une de ses conditions n'est pas vraie"
    INCONNUE = "INCONNUE", "Inconnue", "Un fait inconnu empêche de l'établir"
    NON_EXAMINEE = "NON_EXAMINEE", "Non examinée", "La recherche s'est arrêtée avant elle"


@dataclass(frozen=True, slots=True)
class Echec:
    """The condition that a rule lacks: the fact, unknown or not as expected, and the threshold in force."""

    inconnu: bool
    fait: str
    attendu: str
    seuil: int | None = None
    parametre: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Etape:
    """One rule in the trace; ``octets`` are the same as JSON, written once for all the proposals that show it."""

    regle: str
    verdict: Verdict
    echec: Echec | None = None
    octets: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Write it as JSON."""
        echec = self.echec
        shown = {
            "regle": self.regle,
            "verdict": self.verdict,
            "fait": echec and echec.fait,
            "attendu": echec and echec.attendu,
            "seuil": echec and echec.seuil,
            "parametre": echec and echec.parametre,
            "source": echec and echec.source,
        }
        object.__setattr__(self, "octets", json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class Proposition:
    """A pathway and a modality, with reasons. Codes only: labels are the rule set's.

    ``faits_manquants`` are the unknown facts that can change it, in the order in which they are to be asked.
    """

    parcours: str
    modalite: str
    motifs: tuple[str, ...]
    signalements: tuple[str, ...]
    question_suivante: str | None
    faits_manquants: tuple[str, ...]
    regles_version: str
    empreinte: str
    etapes: tuple[Etape, ...] = field(default=(), repr=False)

    def outcome(self) -> dict[str, Any]:
        """Return what is compared when a decision is played again."""
        return {
            "parcours": self.parcours,
            "modalite": self.modalite,
            "motifs": list(self.motifs),
            "signalements": list(self.signalements),
            "question_suivante": self.question_suivante,
            "faits_manquants": list(self.faits_manquants),
            "regles_version": self.regles_version,
            "empreinte": self.empreinte,
        }
