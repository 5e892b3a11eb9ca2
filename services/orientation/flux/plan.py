"""What a file changes, decided in memory against what stands: persons, facts, events. Pure: nothing is written here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.orientation.errors import fault
from services.orientation.flux.etat import Etat, FaitConnu
from services.orientation.flux.events import EvenementLu, events_of
from services.orientation.flux.identities import Key
from services.orientation.flux.reports import Rapport
from services.orientation.flux.validation import Ligne
from shared.errors import Faute


@dataclass
class Plan:
    """What there is to write."""

    dossiers: list[tuple[str, Key]] = field(default_factory=list)
    identifiants: list[tuple[Key, str]] = field(default_factory=list)
    faits: dict[tuple[str, str], Any] = field(default_factory=dict)
    evenements: list[tuple[str, EvenementLu]] = field(default_factory=list)
    communes: dict[str, str | None] = field(default_factory=dict)


class Planificateur:
    """Decides the fate of the good lines, one after the other."""

    def __init__(
        self, etat: Etat, *, extrait_le: datetime, jour: date, signale: bool, new_id: Callable[[], str]
    ) -> None:
        self.plan = Plan()
        self._etat = etat
        self._extrait_le = extrait_le
        self._jour = jour
        self._signale = signale
        self._new_id = new_id
        self._counted: set[str] = set()

    def take(self, lignes: Iterable[Ligne], rapport: Rapport) -> None:
        """Decide for each line, and tell the report."""
        for ligne in lignes:
            refused = self._contradiction(ligne)
            if refused is not None:
                rapport.reject(ligne.indice, [refused])
                continue
            dossier = self._find(ligne, rapport)
            if dossier is not None:
                self._write(ligne, dossier, rapport)

    def _contradiction(self, ligne: Ligne) -> Faute | None:
        """Return the fault of a line that says otherwise than an earlier line of the same file on the same person."""
        known = self._known(ligne)
        if len(known) != 1:
            return None
        (dossier,) = known
        said = self.plan.faits
        twice = [code for code, valeur in ligne.faits.items() if said.get((dossier, code), valeur) != valeur]
        return fault(f"/faits/{twice[0]}", "PERSONNE_REPETEE") if twice else None

    def _known(self, ligne: Ligne) -> set[str]:
        return {dossier for key in ligne.cles for dossier in self._etat.dossiers.get(key, ())}

    def _find(self, ligne: Ligne, rapport: Rapport) -> str | None:
        """Return the dossier of a line, a new one for a new person, ``None`` when a human has to tell."""
        known = self._known(ligne)
        if len(known) > 1:
            self._leave(ligne, "IDENTITE_AMBIGUE", rapport)
            return None
        if not known:
            alike = ligne.civil is not None and self._etat.dossiers.get(ligne.civil)
            if alike or not ligne.cles:
                self._leave(ligne, "RAPPROCHEMENT_A_FAIRE", rapport)
                return None
            dossier = self._new_id()
            self.plan.dossiers.append((dossier, ligne.cles[0]))
            self._counted.add(dossier)
            rapport.compte["creees"] += 1
        else:
            (dossier,) = known
        for key in (*ligne.cles, *([ligne.civil] if ligne.civil else [])):
            if dossier not in self._etat.dossiers[key]:
                self._etat.dossiers[key].add(dossier)
                self.plan.identifiants.append((key, dossier))
        return dossier

    def _leave(self, ligne: Ligne, code: str, rapport: Rapport) -> None:
        rapport.compte["a_rapprocher"] += 1
        rapport.warn(ligne.indice, fault("/identite", code))

    def _write(self, ligne: Ligne, dossier: str, rapport: Rapport) -> None:
        stands = self._etat.faits[dossier]
        before = {code: known.valeur for code, known in stands.items()}
        changed, stale = self._write_facts(ligne, dossier, stands)
        after = {code: known.valeur for code, known in stands.items()}
        past = self._etat.evenements[dossier]
        signale = self._signale and not stale
        made = events_of(before, after, past, said=ligne.evenement, jour=self._jour, signale=signale)
        past += made
        self.plan.evenements += [(dossier, each) for each in made]
        for code in stale:
            rapport.warn(ligne.indice, fault(f"/faits/{code}", "EXTRACTION_ANCIENNE"))
        if dossier in self._counted:
            self._counted.discard(dossier)
        else:
            fate = "modifiees" if changed or made else "perimees" if stale else "inchangees"
            rapport.compte[fate] += 1

    def _write_facts(self, ligne: Ligne, dossier: str, stands: dict[str, FaitConnu]) -> tuple[list[str], list[str]]:
        """Keep what is not older than what stands; return the facts that change, and those that are too old."""
        changed, stale = [], []
        for code, valeur in ligne.faits.items():
            known = stands.get(code)
            if known is not None and known.extrait_le > self._extrait_le:
                stale += [code] if known.valeur != valeur else []
                continue
            if known is None or known.valeur != valeur:
                changed.append(code)
                if code == "commune_residence_insee":
                    self.plan.communes[dossier] = valeur
            if known is None or known != FaitConnu(valeur, self._extrait_le):
                self.plan.faits[dossier, code] = valeur
                stands[code] = FaitConnu(valeur, self._extrait_le)
        return changed, stale
