"""The engine: stages in order, from facts to a proposal. Specification: §5.4 to §5.6 of our rules of the RIO."""

from collections.abc import Callable, Sequence
from typing import Any

from services.orientation.rules.chemin import Chemin
from services.orientation.rules.completions import Completions, Issue
from services.orientation.rules.conditions import PARCOURS, Situation
from services.orientation.rules.cours import A_DETERMINER, Avertissement, Cours, Regle
from services.orientation.rules.empreinte import codes_text, fingerprint
from services.orientation.rules.facts import Faits
from services.orientation.rules.lues import Groupe, split
from services.orientation.rules.proposition import Etape, Proposition
from services.orientation.rules.situation import Cadre, derive

INDETERMINE = "X_INDETERMINE"
OUTSIDE = frozenset({"HORS_TERRITOIRE", "HORS_CHAMP"})
ALWAYS_ASKED = ("date_naissance", "accompagnement_en_cours", "activite_non_salariee")
"""Facts that can open a direct orientation: asked even when the pathway is settled."""
ABSENCE = "motif_legitime_absence"
DOMICILIATION, COMMUNE = "domiciliation_metropole", "commune_residence_insee"


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
        self.cadre = cadre
        self._regles = tuple(regles)
        self._by = {stage: tuple(regle for regle in regles if regle.etape == stage) for stage in "TDKLMC"}
        self._last_codes = frozenset(regle.code for regle in self._by["C"])
        self._warnings = [
            Groupe(frozenset().union(*(each.lues for each in run)), _holder_of(run))
            for run in split(sorted(avertissements, key=_reads), lambda each: each.lues, cadre.lues)
        ]
        self._chemin = Chemin(self._regles, rangs, cadre.lues)
        self._completions = completions
        self._rangs = tuple(rangs)

    def evaluate(self, faits: Faits, trace: str) -> Proposition:
        """Return the proposal; ``trace`` says which rules are told: none, those applied, or all."""
        cours = Cours(derive(faits, self.cadre))
        self._decide(cours)
        cours.situation[PARCOURS] = cours.parcours
        missing = self._list_missing(cours)
        warnings = self._list_warnings(cours)
        question = missing[0] if missing else None
        listed = ",".join(map(codes_text, (cours.motifs, warnings, missing)))
        result = f'["{cours.parcours}","{cours.modalite}",{listed}]'
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
        cours.directs = tuple(dict.fromkeys(self._list_directs(cours)))
        if self._try_first("D", cours):
            self._hold_back(cours)
            return
        if not self._try_first("L", cours):
            self._meet(cours)

    def _try_first(self, stage: str, cours: Cours) -> bool:
        for constat in self._chemin.find_once(stage, cours):
            if constat.tenues:
                variante = constat.tenues[0]
                cours.parcours = variante.parcours or A_DETERMINER
                cours.modalite = variante.modalite or ""
                cours.etape, cours.motifs = stage, (constat.code,)
                return True
        return False

    def _list_directs(self, cours: Cours) -> list[str]:
        """Return the pathway of every direct rule that matches: competing profiles are told."""
        constats, situation = self._chemin.find("D", cours), cours.situation
        found = [variante.parcours for each in constats for variante in each.tenues if variante.parcours]
        situation["profils_directs"] = len(set(found))
        self.cadre.lues.reduce_one(situation, "profils_directs")
        return found

    def _hold_back(self, cours: Cours) -> None:
        """Turn a direct orientation into an interview, for every reason there is to."""
        won = cours.motifs[0]
        cours.situation[PARCOURS] = cours.parcours
        for constat in self._chemin.find("K", cours):
            variante = next((each for each in constat.tenues if won in each.apres), None)
            if variante is not None:
                cours.motifs += (constat.code,)
                cours.modalite = variante.modalite or cours.modalite

    def _meet(self, cours: Cours) -> None:
        """Find how the person is received, then the pathway on which every completion agrees."""
        cours.etape = "C"
        otherwise = self._by["M"][-1]
        held = [constat for constat in self._chemin.find("M", cours)[:-1] if constat.tenues]
        codes = tuple(constat.code for constat in held)
        cours.modalite = (held[0].tenues[0] if held else otherwise.variantes[0]).modalite or ""
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
        motifs, situation = frozenset(cours.motifs), cours.situation
        alone = cours.motifs[-1] if cours.issue and len(motifs & self._last_codes) == 1 else None
        found = [
            each.code
            for groupe in self._warnings
            for each in groupe.look(situation)
            if (each.toujours or not outside)
            and (given or not each.donne)
            and (not each.apres or each.apres & motifs)
            and not each.sans & motifs
            and (each.seule is None or each.seule == alone)
        ]
        return tuple(sorted(found))

    def _trace(self, cours: Cours, trace: str) -> tuple[Etape, ...]:
        if trace == "aucune":
            return ()
        return self._chemin.tell_all(cours) if trace == "complete" else self._chemin.tell_applied(cours)


def _reads(each: Avertissement) -> list[str]:
    """Sort warnings so that those which read the same names stand together."""
    return sorted(each.lues)


def _holder_of(run: Sequence[Avertissement]) -> Callable[[Situation], tuple[Avertissement, ...]]:
    return lambda situation: tuple(each for each in run if each.check(situation) is None)
