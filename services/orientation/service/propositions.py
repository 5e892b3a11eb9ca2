"""Proposes a pathway from the facts of a case, and says why."""

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.orientation.rule_files import JeuFile
from services.orientation.rules import Jeu, Proposition, check_faits
from services.orientation.rules.empreinte import codes_text
from services.orientation.rules.facts import Definition, define
from services.orientation.rules.jeu import Trace
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute
from shared.problems import build_problem, unknown_value
from shared.territoires import Arbre

MAX_REF = 200
MEMBERS = ("ref", "faits")


class Regles:
    """The rule sets that hold, day after day, and the facts they read.

    Each holds until the day before the next one begins: what is published later changes nothing of an earlier set.
    """

    def __init__(
        self, sources: Sequence[JeuFile], faits: Sequence[Any], arbre: Arbre, publies: Sequence[Jeu] = ()
    ) -> None:
        self.definitions: Mapping[str, Definition] = define(faits)
        self._arrange([*(Jeu(source, faits, arbre) for source in sources), *publies])

    def with_published(self, publies: Sequence[Jeu]) -> "Regles":
        """Return the same with other rule sets beside its own; of two of one version, its own stays."""
        found = copy(self)
        found._arrange([*self.jeux, *publies])
        return found

    def _arrange(self, jeux: Sequence[Jeu]) -> None:
        one_each = {jeu.version: jeu for jeu in reversed(jeux)}.values()
        self.jeux = tuple(sorted(one_each, key=lambda jeu: jeu.source.valide_du or date.min))
        self._starts = [jeu.source.valide_du or date.min for jeu in self.jeux]
        self._labels = {jeu.version: _labels_of(jeu.source) for jeu in self.jeux}

    def find(self, version: str) -> Jeu | None:
        """Return the rule set of a version."""
        return next((jeu for jeu in self.jeux if jeu.version == version), None)

    def at(self, day: date) -> Jeu:
        """Return the rule set in force on ``day``: there is one, and only one."""
        return self.jeux[bisect_right(self._starts, day) - 1]

    def last_day_of(self, jeu: Jeu) -> date | None:
        """Return the last day of a rule set: the day before the next one begins, whatever it says of itself."""
        after = self.jeux.index(jeu) + 1
        if after == len(self.jeux):
            last: date | None = jeu.source.valide_au
            return last
        return self._starts[after] - timedelta(days=1)

    def propose(self, given: Any, trace: Trace, pointer: str = "/faits") -> Proposition:
        """Return the proposal for the facts ``given``. Raises :class:`DonneesRefusees` naming every fault."""
        faits = check_faits(given, self.definitions, pointer)
        if isinstance(faits, list):
            raise DonneesRefusees(erreurs=faits)
        return self.at(faits["date_reference"]).evaluate(faits, trace)

    def write(self, proposition: Proposition) -> bytes:
        """Return a proposal as JSON: its codes, then what they say.

        Codes are written as they are: those of rules, facts and pathways need no escape.
        """
        labels = self._labels[proposition.regles_version]
        codes = proposition.motifs + proposition.signalements
        question = f'"{proposition.question_suivante}"' if proposition.question_suivante else "null"
        head = (
            f'{{"parcours":"{proposition.parcours}","modalite":"{proposition.modalite}",'
            f'"motifs":{codes_text(proposition.motifs)},"signalements":{codes_text(proposition.signalements)},'
            f'"question_suivante":{question},"faits_manquants":{codes_text(proposition.faits_manquants)},'
            f'"explications":['
        )
        foot = (
            f'],"regles_version":"{proposition.regles_version}",'
            f'"trace":{{"empreinte":"{proposition.empreinte}","etapes":['
        )
        told = b",".join([labels[code] for code in codes])
        steps = b",".join([etape.octets for etape in proposition.etapes])
        return b"".join((head.encode(), told, foot.encode(), steps, b"]}}"))


def _labels_of(source: JeuFile) -> dict[str, bytes]:
    told = [(each.code, each.libelle, each.fondement, each.source) for each in source.regles]
    warnings = [(each.code, each.libelle, each.fondement, None) for each in source.signalements]
    names = ("code", "libelle", "fondement", "source")
    return {
        row[0]: json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, separators=(",", ":")).encode()
        for row in [*told, *warnings]
    }


@dataclass(frozen=True)
class ReponsesLot:
    """The answers to the cases of a batch, as JSON; ``refusees`` counts those that have a problem."""

    corps: bytes
    refusees: int


def propose_all(regles: Regles, cas: Sequence[Any], trace: Trace, *, langue: str, request_id: str) -> ReponsesLot:
    """Return an answer for each case, in order; one that is refused stops no other."""
    refused = 0
    answers = []
    for indice, each in enumerate(cas):
        ref = _ref_of(each)
        head = f'{{"indice":{indice},"ref":{json.dumps(ref, ensure_ascii=False)},"proposition":'.encode()
        try:
            answers.append(head + regles.write(_propose_case(regles, each, trace, indice)) + b',"probleme":null}')
        except DonneesRefusees as refus:
            refused += 1
            problem = json.dumps(build_problem(refus, language=langue, request_id=request_id), ensure_ascii=False)
            answers.append(head + f'null,"probleme":{problem}}}'.encode())
    return ReponsesLot(b'{"reponses":[' + b",".join(answers) + b"]}", refused)


def _ref_of(case: Any) -> str | None:
    ref = case.get("ref") if isinstance(case, Mapping) else None
    return ref if isinstance(ref, str) and len(ref) <= MAX_REF else None


def _propose_case(regles: Regles, case: Any, trace: Trace, indice: int) -> Proposition:
    faults = list(iter_case_faults(case, f"/cas/{indice}"))
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return regles.propose(case["faits"], trace, f"/cas/{indice}/faits")


def iter_case_faults(case: Any, pointer: str) -> Iterator[Faute]:
    """Yield what is wrong with a case beside its facts."""
    if not isinstance(case, Mapping):
        yield _fault(pointer, "TYPE_INVALIDE", "un objet {ref, faits}")
        return
    for name in case:
        if name not in MEMBERS:
            yield unknown_value(pointer, name[:80], MEMBERS, code="CHAMP_INCONNU")
    ref = case.get("ref")
    if ref is not None and not isinstance(ref, str):
        yield _fault(f"{pointer}/ref", "TYPE_INVALIDE", "un texte")
    elif ref is not None and len(ref) > MAX_REF:
        yield _fault(f"{pointer}/ref", "LONGUEUR_INVALIDE", f"au plus {MAX_REF} caractères")
    if case.get("faits") is None:
        yield _fault(f"{pointer}/faits", "CHAMP_REQUIS", "les faits connus")


def _fault(champ: str, code: str, attendu: str) -> Faute:
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, attendu=attendu)
