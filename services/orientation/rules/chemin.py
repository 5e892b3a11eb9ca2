"""What became of each rule in an evaluation: every step is made once, then shown again and again.

Rules are judged in groups that read the same few names: a combination that was met before is not judged again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from services.orientation.rules.completions import Issue
from services.orientation.rules.conditions import PARCOURS, Situation
from services.orientation.rules.cours import Cours, Regle, Variante
from services.orientation.rules.lues import Groupe, Lues, split
from services.orientation.rules.proposition import Echec, Etape, Verdict

REACHED = "TDKLMCX"
NOTHING: frozenset[int] = frozenset()
STAGES_OF = {"T": "T", "D": "TDK", "L": "TDL", "C": "TDLMC"}
"""The stages that a search which ended at one looked at."""
LATE = frozenset({PARCOURS, "profils_directs", "#profils_directs", "?profils_directs"})
"""What is known after the stages were tried: rules that read it are looked at again to be told."""


@dataclass(frozen=True, slots=True)
class Constat:
    """What is found of one rule: its variants that hold, and the step that tells it when it did not apply."""

    code: str
    tenues: tuple[Variante, ...]
    etape: Etape


class Dite:
    """One rule, and every step that may tell of it."""

    def __init__(self, rang: int, regle: Regle) -> None:
        self.rang, self.regle, self.code = rang, regle, regle.code
        self.appliquee = Etape(regle.code, Verdict.APPLIQUEE)
        self.non_examinee = Etape(regle.code, Verdict.NON_EXAMINEE)
        self.possible = Etape(regle.code, Verdict.POSSIBLE)
        self._concordante = Etape(regle.code, Verdict.CONCORDANTE)
        self._lacking: dict[Echec, Etape] = {}

    def find(self, situation: Situation) -> Constat:
        """Return what is found of the rule."""
        lacking = [variante.check(situation) for variante in self.regle.variantes]
        held = tuple(v for v, echec in zip(self.regle.variantes, lacking, strict=True) if echec is None)
        return Constat(self.code, held, self._judge(lacking))

    def _judge(self, lacking: Sequence[Echec | None]) -> Etape:
        """Return the step of a rule that was looked at: the first variant that holds, or is unknown, decides."""
        if not lacking:
            return self.non_examinee
        told = next((echec for echec in lacking if echec is None or echec.inconnu), lacking[-1])
        if told is None:
            return self._concordante
        found = self._lacking.get(told)
        if found is None:
            verdict = Verdict.INCONNUE if told.inconnu else Verdict.NON_REMPLIE
            found = self._lacking[told] = Etape(self.code, verdict, told)
        return found


class Chemin:
    """The steps of one engine; ``rangs`` gives the rule of each C variant."""

    def __init__(self, regles: Sequence[Regle], rangs: Sequence[int], lues: Lues) -> None:
        self._dites = tuple(Dite(rang, regle) for rang, regle in enumerate(regles))
        self._applied = {dite.code: dite.appliquee for dite in self._dites}
        self._rangs = rangs
        self._plans: dict[tuple[str, str], tuple[tuple[Dite, bool], ...]] = {}
        self._possible: dict[tuple[int, ...], frozenset[int]] = {}
        self._groups = {stage: self._group(stage, lues) for stage in REACHED}
        reading = {regle.etape for regle in regles if regle.lues & LATE}
        self._late = reading - {"K"}

    def _group(self, stage: str, lues: Lues) -> list[Groupe[tuple[Constat, ...]]]:
        own = [dite for dite in self._dites if dite.regle.etape == stage]
        return [
            Groupe(frozenset().union(*(dite.regle.lues for dite in run)), _finder_of(run))
            for run in split(own, lambda dite: dite.regle.lues, lues)
        ]

    def find(self, stage: str, cours: Cours) -> tuple[Constat, ...]:
        """Return what is found of the rules of a stage, in order, and keep it."""
        groups = self._groups[stage]
        found = groups[0].look(cours.situation) if groups else ()
        for groupe in groups[1:]:
            found += groupe.look(cours.situation)
        cours.constats[stage] = found
        return found

    def find_once(self, stage: str, cours: Cours) -> tuple[Constat, ...]:
        """Return the same, as it was found before if nothing that the stage reads was learnt since."""
        known = None if stage in self._late else cours.constats.get(stage)
        return self.find(stage, cours) if known is None else known

    def tell_applied(self, cours: Cours) -> tuple[Etape, ...]:
        """Return the rules that applied."""
        return tuple([self._applied[code] for code in cours.motifs])

    def tell_all(self, cours: Cours) -> tuple[Etape, ...]:
        """Return every rule, in order."""
        motifs = cours.motifs
        possible = NOTHING if cours.issue is None else self._possible_in(cours.issue)
        key = (cours.etape, motifs[0])
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = tuple(self._iter_plan(*key))
        found = {}
        for stage in STAGES_OF[cours.etape]:
            for constat in self.find_once(stage, cours):
                found[constat.code] = constat.etape
        return tuple(
            [
                dite.appliquee
                if dite.code in motifs
                else dite.non_examinee
                if not examined
                else dite.possible
                if dite.rang in possible
                else found[dite.code]
                for dite, examined in plan
            ]
        )

    def _possible_in(self, issue: Issue) -> frozenset[int]:
        found = self._possible.get(issue.regles)
        if found is None:
            found = self._possible[issue.regles] = frozenset(self._rangs[rule] for rule in issue.regles)
        return found

    def _iter_plan(self, etape: str, won: str) -> Iterator[tuple[Dite, bool]]:
        """Yield each rule, and whether a search that ended at a stage came as far as it."""
        first = [dite.code for dite in self._dites if dite.regle.etape == "T"]
        for dite in self._dites:
            regle = dite.regle
            if etape == "T":
                examined = regle.etape == "T" and first.index(regle.code) < first.index(won)
            elif etape == "D":
                held = regle.etape == "K" and any(won in variante.apres for variante in regle.variantes)
                examined = regle.etape in "TD" or held
            else:
                examined = regle.etape not in "KX" and REACHED.index(regle.etape) <= REACHED.index(etape)
            yield dite, examined


def _finder_of(run: Sequence[Dite]) -> Callable[[Situation], tuple[Constat, ...]]:
    return lambda situation: tuple(dite.find(situation) for dite in run)
