"""The report of a file: counters that always add up, faults named without any value."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.orientation.flux.reading import LigneLue
from services.orientation.flux.validation import Jugement
from services.orientation.schemas.flux import EnveloppeFlux
from shared.errors import Faute

SHOWN = 1_000
COUNTERS = ("creees", "modifiees", "inchangees", "perimees", "a_rapprocher", "rejetees", "ecartees")


@dataclass
class Rapport:
    """What is told of one file. ``recues`` is the sum of the seven counters, whatever happens."""

    id: str
    enveloppe: EnveloppeFlux
    empreinte: str
    recu_le: datetime
    recues: int
    langue: str = "fr"
    statut: int = 200
    compte: Counter[str] = field(default_factory=Counter)
    fautes: list[dict[str, Any]] = field(default_factory=list)
    avertissements: list[dict[str, Any]] = field(default_factory=list)
    refs: dict[int, str] = field(default_factory=dict)
    lignes_source: dict[int, int] = field(default_factory=dict)

    def add(self, lue: LigneLue, jugement: Jugement) -> None:
        """Note what was found of a line."""
        self.lignes_source[lue.indice] = lue.ligne_source
        if jugement.ref is not None:
            self.refs[lue.indice] = jugement.ref
        for each in jugement.avertissements:
            self.warn(lue.indice, each)
        if jugement.fautes:
            self.reject(lue.indice, jugement.fautes)

    def reject(self, indice: int, fautes: list[Faute]) -> None:
        """Count a rejected line, once however many its faults."""
        self.compte["rejetees"] += 1
        self.fautes += [self._show(indice, each) for each in fautes]

    def warn(self, indice: int, faute: Faute) -> None:
        """Add a warning, which refuses nothing."""
        if len(self.avertissements) < SHOWN:
            self.avertissements.append(self._show(indice, faute))

    def set_aside(self) -> None:
        """Count every good line as set aside: the file is refused whole."""
        rejected = self.compte["rejetees"]
        self.compte = Counter(rejetees=rejected, ecartees=self.recues - rejected)

    def _show(self, indice: int, faute: Faute) -> dict[str, Any]:
        return {
            "indice": indice,
            "ligne_source": self.lignes_source[indice],
            "ref": self.refs.get(indice),
            "champ": faute.champ,
            "code": faute.code,
            "attendu": faute.attendu,
            "message": faute.message.in_language(self.langue),
        }

    def document(self) -> dict[str, Any]:
        """Return the report as the interface serves it, with the first 1 000 faults."""
        return {
            "id": self.id,
            "source": self.enveloppe.source,
            "flux": self.enveloppe.flux,
            "empreinte": self.empreinte,
            "extrait_le": self.enveloppe.extrait_le.isoformat(),
            "recu_le": self.recu_le.isoformat(),
            "statut": self.statut,
            "recues": self.recues,
            **{name: self.compte[name] for name in COUNTERS},
            "par_code": dict(sorted(Counter(each["code"] for each in self.fautes).items())),
            "rejets": self.fautes[:SHOWN],
            "avertissements": self.avertissements,
        }
