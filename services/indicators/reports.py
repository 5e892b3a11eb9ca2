"""The report of a push: counters that always add up, and the fate of every row."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.indicators.errors import fault
from services.indicators.lot_rows import LigneLue
from services.indicators.schemas.lots import Enveloppe
from services.indicators.vocabulary import EtatLot
from shared import clock
from shared.errors import Faute

SHOWN = 1_000
FATES = {
    "creee": "creees",
    "modifiee": "modifiees",
    "inchangee": "inchangees",
    "avancee": "inchangees",
    "supprimee": "supprimees",
    "perimee": "perimees",
}
CHANGED = frozenset({"creee", "modifiee", "supprimee"})
COUNTERS = (
    "recues",
    "creees",
    "modifiees",
    "inchangees",
    "supprimees",
    "perimees",
    "rejetees",
    "ecartees",
    "supprimees_perimetre",
)


@dataclass(frozen=True)
class Rejet:
    """A row and its faults, or its warnings."""

    indice: int
    fautes: Sequence[Faute]


@dataclass
class Rapport:
    """What is told of one push. ``recues`` is the sum of the seven counters that follow it, whatever happens."""

    lot: str
    plan: str
    enveloppe: Enveloppe
    empreinte: str
    recu_le: datetime
    langue: str = "fr"
    etat: EtatLot = EtatLot.TERMINE
    statut: int | None = None
    termine_le: datetime | None = None
    creees: int = 0
    modifiees: int = 0
    inchangees: int = 0
    supprimees: int = 0
    perimees: int = 0
    rejetees: int = 0
    ecartees: int = 0
    supprimees_perimetre: int = 0
    fautes: list[dict[str, Any]] = field(default_factory=list)
    avertissements: list[dict[str, Any]] = field(default_factory=list)
    incidence: list[dict[str, Any]] = field(default_factory=list)
    lues: Sequence[LigneLue] = ()
    touchees: set[tuple[int, str]] = field(default_factory=set)
    ecriture: int | None = None

    @property
    def recues(self) -> int:
        """How many rows came."""
        return len(self.lues)

    @property
    def unites(self) -> set[tuple[int, int]]:
        """The quantities and years that the push changes."""
        return {(definition, int(periode[:4])) for definition, periode in self.touchees}

    def add_rejets(self, rejets: Iterable[Rejet]) -> None:
        """Count the rejected rows, once a row however many its faults, and keep what is wrong."""
        for rejet in rejets:
            self.rejetees += 1
            self.fautes += [self._show(each, self.lues[rejet.indice]) for each in rejet.fautes]

    def warn(self, found: Iterable[Rejet]) -> None:
        """Add warnings, which refuse nothing."""
        for rejet in found:
            room = SHOWN - len(self.avertissements)
            lue = self.lues[rejet.indice] if rejet.indice < len(self.lues) else LigneLue(rejet.indice, None, None)
            self.avertissements += [self._show(each, lue) for each in rejet.fautes[:room]]

    def _show(self, faute: Faute, lue: LigneLue) -> dict[str, Any]:
        ref = lue.contenu.get("ref") if isinstance(lue.contenu, dict) else None
        return {
            "indice": lue.indice,
            "ligne_source": lue.ligne_source,
            "ref": ref[:200] if isinstance(ref, str) else None,
            "champ": faute.champ,
            "code": faute.code,
            "valeur": faute.valeur,
            "attendu": faute.attendu,
            "message": faute.message.in_language(self.langue),
            "suggestion": faute.suggestion,
        }

    def add_fates(self, fates: Iterable[Any]) -> None:
        """Count what became of the rows that were written, or were not because a newer extraction stands there."""
        stale: list[int] = []
        for fate in fates:
            name = FATES[fate["sort"]]
            setattr(self, name, getattr(self, name) + fate["nombre"])
            stale += fate["indices"] or ()
            self._touch(fate)
        self.warn(Rejet(rank, [fault("", "EXTRACTION_ANCIENNE")]) for rank in sorted(stale)[:SHOWN])

    def add_deleted(self, fates: Iterable[Any]) -> None:
        """Count what a replacement deleted besides its rows."""
        for fate in fates:
            if fate["sort"] == "supprimee":
                self.supprimees_perimetre += fate["nombre"]
                self._touch(fate)

    def _touch(self, fate: Any) -> None:
        if fate["sort"] in CHANGED:
            self.touchees.add((fate["definition"], fate["periode"]))

    def set_aside(self) -> None:
        """Count every good row as set aside: the push is refused whole."""
        self.creees = self.modifiees = self.inchangees = self.supprimees = self.perimees = self.supprimees_perimetre = 0
        self.ecartees = self.recues - self.rejetees
        self.touchees.clear()
        self.ecriture = None

    @property
    def par_code(self) -> dict[str, int]:
        """How many faults of each kind."""
        return dict(sorted(Counter(each["code"] for each in self.fautes).items()))

    def document(self, probleme: dict[str, Any] | None = None, progression: dict[str, int] | None = None) -> Any:
        """Return the report as the interface serves it, with the first 1 000 faults."""
        enveloppe = self.enveloppe
        return {
            "lot": self.lot,
            "etat": self.etat.value,
            "source": enveloppe.source,
            "plan": self.plan,
            "mode": enveloppe.mode.value,
            "strategie": enveloppe.strategie.value,
            "simulation": enveloppe.simulation,
            "empreinte": self.empreinte,
            "statut": self.statut,
            "recu_le": clock.write_instant(self.recu_le),
            "termine_le": clock.write_instant(self.termine_le) if self.termine_le else None,
            "progression": progression,
            **{name: getattr(self, name) for name in COUNTERS},
            "par_code": self.par_code,
            "rejets": self.fautes[:SHOWN],
            "avertissements": self.avertissements,
            "incidence": self.incidence,
            "probleme": probleme,
        }
