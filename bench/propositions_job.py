"""The job that proposes pathways: our evaluator beside a decision engine, in one process; a batch through the door."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from bench import BenchError, zen
from bench.client import Caller, calling
from bench.findings import Finding, Series, ratio_of
from bench.instance import WITHOUT_CACHE, Instance
from bench.jobs import UP, Candidate
from bench.measure import Effort
from bench.servers import running
from bench.situations import make_situations
from gateway.cli import say
from services.orientation.load import read_faits, read_jeux
from services.orientation.rules import check_faits
from services.orientation.rules.situation import derive
from services.orientation.service.propositions import Regles
from shared.territoires import read_arbre

CASES = 5_000
DAY = date(2023, 5, 2)
"""The day whose thresholds the tables hold."""
LEAST_AGAINST_ENGINE, LEAST_THROUGH_DOOR = 2.0, 0.5
PATH = "/v1/propositions/lot?trace=complete"
JSON = "application/json"
OURS, TABLE, BOTH = "faits → JSON", "zen, table des règles → JSON", "zen, règles et signalements → JSON"
BATCH = "lot par la porte"
Cases = list[dict[str, Any]]


class Evaluators:
    """Our evaluator and, if it is there, the other one, on the same situations."""

    def __init__(self, folder: Path) -> None:
        self.faits = read_faits()
        source = read_jeux()[0]
        self.regles = Regles([source], self.faits, read_arbre())
        self.absent = zen.install(folder)
        self._graphs: dict[str, zen.Decide] = {}
        if self.absent is None:
            self._graphs = {name: zen.decide_with(source, DAY, warnings=name == BOTH) for name in (TABLE, BOTH)}

    def works_on(self, cases: Cases) -> dict[str, Callable[[], object]]:
        """Return what each candidate does of ``cases``. Theirs are given the situation that ours derives."""
        contexts = [zen.context_of(self._derived(each)) for each in cases]
        works: dict[str, Callable[[], object]] = {OURS: partial(self._answer_all, cases)}
        for name, decide in self._graphs.items():
            works[name] = partial(_answer_all, decide, contexts)
        return works

    def answer(self, faits: dict[str, Any]) -> bytes:
        """Return our answer and its full trace as JSON."""
        return self.regles.write(self.regles.propose(faits, "complete"))

    def _answer_all(self, cases: Cases) -> None:
        for each in cases:
            self.answer(each)

    def agreement(self, cases: Cases) -> float | None:
        """Return the share of ``cases`` to which the table of rules gives our pathway."""
        decide = self._graphs.get(TABLE)
        if decide is None:
            return None
        pairs = [
            (self.regles.propose(each, "aucune").parcours, decide(zen.context_of(self._derived(each))))
            for each in cases
        ]
        same = [ours for ours, theirs in pairs if theirs["result"].get("parcours") == ours]
        return len(same) / len(pairs)

    def _derived(self, faits: dict[str, Any]) -> dict[str, Any]:
        known = check_faits(faits, self.regles.definitions)
        if isinstance(known, list):
            raise BenchError(f"situation refusée : {known}")
        day = known["date_reference"]
        return derive(known, self.regles.at(day).engine_at(day).cadre)


def measure_propositions(instance: Instance, effort: Effort, folder: Path) -> Finding:
    """Measure both, in turn, on new situations at each pass."""
    evaluators = Evaluators(folder / "zen")
    rates: dict[str, list[float]] = {}
    candidate = Candidate("porte", UP, {**WITHOUT_CACHE, "SPIE_WORKER": "false"})
    home = folder / "propositions"
    with running(candidate, home) as door:
        keys = json.loads((home / "cles-dev.json").read_text())
        with calling(door.port, {"authorization": f"Bearer {keys['agent']}"}) as caller:
            for number in range(effort.passes + 1):
                cases = make_situations(evaluators.faits, CASES, number)
                works = evaluators.works_on(cases)
                works[BATCH] = _batch(caller, cases)
                for name, work in works.items():
                    rate = CASES / _seconds(work)
                    if number:  # the first pass compiles
                        rates.setdefault(name, []).append(rate)
                told = ", ".join(f"{name} {values[-1]:.0f}" for name, values in rates.items())
                say(f"propositions : passe {number}/{effort.passes}, décisions/s : {told or 'chauffe'}")
    return _finding(evaluators, rates, make_situations(evaluators.faits, CASES, 0))


def _finding(evaluators: Evaluators, rates: dict[str, list[float]], cases: Cases) -> Finding:
    series = {name: Series(name, "décisions/s", tuple(values)) for name, values in rates.items()}
    through = "propositions, lot par la porte / dans le processus"
    demands = [ratio_of(through, series[BATCH], series[OURS], LEAST_THROUGH_DOOR)]
    notes = [f"{CASES} situations à chaque passe, neuves pour tous, trace complète, un seul appelant"]
    if evaluators.absent is None:
        about = f"propositions / {TABLE}"
        demands.insert(0, ratio_of(about, series[OURS], series[TABLE], LEAST_AGAINST_ENGINE))
        notes.append(f"zen-engine {zen.VERSION} reçoit la situation déjà calculée (âge, territoire, freins comptés)")
        share = evaluators.agreement(cases)
        notes.append(f"sa table donne notre parcours dans {share:.0%} des cas : un fait inconnu y vaut non")
    else:
        notes.append(f"absent : {evaluators.absent} ; rien n'est comparé")
    about = f"{CASES} décisions avec leur trace"
    return Finding("propositions", about, tuple(series.values()), tuple(demands), tuple(notes))


def _answer_all(decide: zen.Decide, contexts: Cases) -> None:
    for each in contexts:
        zen.answer(decide, each)


def _batch(caller: Caller, cases: Sequence[dict[str, Any]]) -> Callable[[], object]:
    body = json.dumps({"cas": [{"ref": str(rank), "faits": each} for rank, each in enumerate(cases)]}).encode()

    def post() -> bytes:
        reply = caller.post(PATH, body, JSON)
        if reply.status != 200:
            raise BenchError(f"lot refusé ({reply.status}) : {reply.body[:300].decode('utf-8', 'replace')}")
        return reply.body

    return post


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
