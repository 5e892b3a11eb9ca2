"""The engine: stages in order, from facts to a proposal. Specification: §5.4 to §5.6 of our rules of the RIO."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.orientation.rules.completions import Completions, Issue
from services.orientation.rules.conditions import PARCOURS, Check
from services.orientation.rules.facts import Faits
from services.orientation.rules.proposition import Etape, Proposition, Verdict
from services.orientation.rules.situation import Cadre, derive

A_DETERMINER, ENTRETIEN, INDETERMINE = "A_DETERMINER", "ENTRETIEN_INDIVIDUEL", "X_INDETERMINE"
OUTSIDE = frozenset({"HORS_TERRITOIRE", "HORS_CHAMP"})
ALWAYS_ASKED = ("date_naissance", "accompagnement_en_cours", "activite_non_salariee")
"""Facts that can open a direct orientation: asked even when the pathway is settled."""
ABSENCE = "motif_legitime_absence"
DOMICILIATION, COMMUNE = "domiciliation_metropole", "commune_residence_insee"


@dataclass(frozen=True)
class Variante:
    """One way a rule applies, on the days of one engine."""

    check: Check
    parcours: str | None
    modalite: str | None
    apres: frozenset[str]


@dataclass(frozen=True)
class Regle:
    """A rule, on the days of one engine."""

    code: str
    etape: str
    variantes: tuple[Variante, ...]


@dataclass(frozen=True)
class Avertissement:
    """A warning, on the days of one engine."""

    code: str
    check: Check
    toujours: bool
    donne: bool
    apres: frozenset[str]
    sans: frozenset[str]
    seule: str | None


@dataclass(slots=True)
class Cours:
    """Where an evaluation stands."""

    situation: dict[str, Any]
    parcours: str = A_DETERMINER
    modalite: str = ""
    etape: str = ""
    motifs: tuple[str, ...] = ()
    directs: tuple[str, ...] = ()
    issue: Issue | None = None


class Moteur:
    """The rules of one rule set, as they are over a span of days."""

    def __init__(
        self,
        version: str,
        entete: str,
        cadre: Cadre,
        regles: Sequence[Regle],
        avertissements: Sequence[Avertissement],
        completions: Completions,
        rangs: Sequence[int],
    ) -> None:
        self._version = version
        self._entete = entete.encode()
        self._cadre = cadre
        self._regles = tuple(regles)
        self._by = {stage: tuple(regle for regle in regles if regle.etape == stage) for stage in "TDKLMC"}
        self._avertissements = tuple(avertissements)
        self._completions = completions
        self._rangs = tuple(rangs)

    def evaluate(self, faits: Faits, trace: str) -> Proposition:
        """Return the proposal; ``trace`` says which rules are told: none, those applied, or all."""
        cours = Cours(derive(faits, self._cadre))
        self._decide(cours)
        cours.situation[PARCOURS] = cours.parcours
        missing = self._list_missing(cours)
        warnings = self._list_warnings(cours)
        question = missing[0] if missing else None
        result = [cours.parcours, cours.modalite, cours.motifs, warnings, missing]
        return Proposition(
            cours.parcours,
            cours.modalite,
            cours.motifs,
            warnings,
            question,
            missing,
            self._version,
            fingerprint(self._entete, faits, result),
            self._trace(cours, trace),
        )

    def _decide(self, cours: Cours) -> None:
        """Try the stages in order; the first that gives a result ends the search."""
        if self._try_first("T", cours):
            return
        cours.directs = tuple(dict.fromkeys(self._list_directs(cours.situation)))
        if self._try_first("D", cours):
            self._hold_back(cours)
            return
        if not self._try_first("L", cours):
            self._meet(cours)

    def _try_first(self, stage: str, cours: Cours) -> bool:
        for regle in self._by[stage]:
            for variante in regle.variantes:
                if variante.check(cours.situation) is None:
                    cours.parcours = variante.parcours or A_DETERMINER
                    cours.modalite = variante.modalite or ""
                    cours.etape, cours.motifs = stage, (regle.code,)
                    return True
        return False

    def _list_directs(self, situation: dict[str, Any]) -> list[str]:
        """Return the pathway of every direct rule that matches: competing profiles are told."""
        found = [
            variante.parcours
            for regle in self._by["D"]
            for variante in regle.variantes
            if variante.parcours and variante.check(situation) is None
        ]
        situation["profils_directs"] = len(set(found))
        return found

    def _hold_back(self, cours: Cours) -> None:
        """Turn a direct orientation into an interview, for every reason there is to."""
        won = cours.motifs[0]
        cours.situation[PARCOURS] = cours.parcours
        for regle in self._by["K"]:
            for variante in regle.variantes:
                if won in variante.apres and variante.check(cours.situation) is None:
                    cours.motifs += (regle.code,)
                    cours.modalite = variante.modalite or cours.modalite
                    break

    def _meet(self, cours: Cours) -> None:
        """Find how the person is received, then the pathway on which every completion agrees."""
        cours.etape = "C"
        *reasons, otherwise = self._by["M"]
        held = [(r, v) for r in reasons for v in r.variantes if v.check(cours.situation) is None]
        codes = tuple(dict.fromkeys(regle.code for regle, _ in held))
        cours.modalite = (held[0][1] if held else otherwise.variantes[0]).modalite or ""
        issue = cours.issue = self._completions.of(cours.situation)
        if len(issue.parcours) > 1:
            cours.motifs = (*(codes or (otherwise.code,)), INDETERMINE)
            return
        (cours.parcours,) = issue.parcours
        rules = tuple(dict.fromkeys(self._regles[self._rangs[rule]].code for rule in issue.regles))
        own = self._modality_of(issue)
        cours.modalite = own or cours.modalite
        cours.motifs = (*(codes if own else codes or (otherwise.code,)), *rules)

    def _modality_of(self, issue: Issue) -> str | None:
        """Return the modality that a C rule imposes, if the only one listed does."""
        if len(issue.regles) != 1:
            return None
        variantes = [variante for regle in self._by["C"] for variante in regle.variantes]
        return variantes[issue.regles[0]].modalite

    def _list_missing(self, cours: Cours) -> tuple[str, ...]:
        """Return the unknown facts that can change the result, in the order in which they are asked (§5.5)."""
        situation = cours.situation
        if cours.etape == "T":
            if cours.modalite != "A_COMPLETER":
                return ()
            if situation.get("logement") == "SANS_LOGEMENT" and situation.get(DOMICILIATION) is None:
                return (DOMICILIATION, *(() if situation.get(COMMUNE) else (COMMUNE,)))
            return (COMMUNE, *(() if situation.get(DOMICILIATION) is not None else (DOMICILIATION,)))
        if cours.etape != "C":
            return ()
        missing = [ABSENCE] if self._lacks_only_reason(situation) else []
        missing += [name for name in ALWAYS_ASKED if situation.get(name) is None]
        return (*missing, *(cours.issue.faits if cours.issue else ()))

    def _lacks_only_reason(self, situation: dict[str, Any]) -> bool:
        """Tell whether the reason of the absence is all that the law's default lacks."""
        if situation.get(ABSENCE) is not None:
            return False
        with_reason = {**situation, ABSENCE: False}
        return any(v.check(with_reason) is None for regle in self._by["L"] for v in regle.variantes)

    def _list_warnings(self, cours: Cours) -> tuple[str, ...]:
        """Return the codes of the warnings, sorted: they are a set."""
        outside = cours.parcours in OUTSIDE
        given = cours.etape in ("D", "L", "C") and cours.parcours != A_DETERMINER
        motifs = frozenset(cours.motifs)
        alone = cours.motifs[-1] if cours.issue and len(motifs & self._c_codes) == 1 else None
        found = [
            each.code
            for each in self._avertissements
            if (each.toujours or not outside)
            and (given or not each.donne)
            and (not each.apres or each.apres & motifs)
            and not each.sans & motifs
            and (each.seule is None or each.seule == alone)
            and each.check(cours.situation) is None
        ]
        return tuple(sorted(found))

    @property
    def _c_codes(self) -> frozenset[str]:
        return frozenset(regle.code for regle in self._by["C"])

    def _trace(self, cours: Cours, trace: str) -> tuple[Etape, ...]:
        if trace == "aucune":
            return ()
        if trace == "resume":
            return tuple(Etape(code, Verdict.APPLIQUEE) for code in cours.motifs)
        return tuple(self._judge(regle, cours) for regle in self._regles)

    def _judge(self, regle: Regle, cours: Cours) -> Etape:
        """Return what became of a rule, and what it lacks if it did not apply."""
        if regle.code in cours.motifs:
            return Etape(regle.code, Verdict.APPLIQUEE)
        if not self._is_examined(regle, cours):
            return Etape(regle.code, Verdict.NON_EXAMINEE)
        if (
            regle.etape == "C"
            and cours.issue
            and any(self._regles[self._rangs[rule]] is regle for rule in cours.issue.regles)
        ):
            return Etape(regle.code, Verdict.POSSIBLE)
        lacking = None
        for variante in regle.variantes:
            lacking = variante.check(cours.situation)
            if lacking is None:
                return Etape(regle.code, Verdict.CONCORDANTE)
            if lacking.inconnu:
                break
        if lacking is None:
            return Etape(regle.code, Verdict.NON_EXAMINEE)
        return Etape(regle.code, Verdict.INCONNUE if lacking.inconnu else Verdict.NON_REMPLIE, lacking)

    def _is_examined(self, regle: Regle, cours: Cours) -> bool:
        """Tell whether the search came as far as this rule."""
        reached = "TDKLMCX"
        if cours.etape == "T":
            ranks = [each.code for each in self._by["T"]]
            return regle.etape == "T" and ranks.index(regle.code) < ranks.index(cours.motifs[0])
        if cours.etape == "D":
            return regle.etape in "TD" or (
                regle.etape == "K" and any(cours.motifs[0] in each.apres for each in regle.variantes)
            )
        return regle.etape not in "KX" and reached.index(regle.etape) <= reached.index(cours.etape)


def fingerprint(entete: bytes, faits: Faits, result: Any) -> str:
    """Return the SHA-256 of a rule set, the known facts in the order of their names, and what was proposed."""
    told = json.dumps([sorted(faits.items()), result], default=_plain, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(entete + told.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    raise TypeError(type(value).__name__)
